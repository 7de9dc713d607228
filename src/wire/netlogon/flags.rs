//! What programs and domain controllers can do, and what an account may be.

use crate::wire::flags::named_flags;

named_flags! {
    /// Which answers a program reads, or which one this is ([MS-ADTS] 6.3.1.1).
    NtVersion:
    V1 0x0000_0001 "v1" "the form of Windows NT 4, which all have"
    V5 0x0000_0002 "v5" "the first form of Windows 2000"
    V5EX 0x0000_0004 "v5ex" "the extended form"
    V5EX_WITH_IP 0x0000_0008 "v5ex_with_ip" "the extended form, with the address"
    WITH_CLOSEST_SITE 0x0000_0010 "with_closest_site" "with the next closest site"
    AVOID_NT4EMUL 0x0100_0000 "avoid_nt4emul" "no answer in the form of NT 4 from who emulates it"
    PDC 0x1000_0000 "pdc" "only the primary domain controller is meant"
    IP 0x2000_0000 "ip" "obsolete; Windows Vista and later set it"
    LOCAL 0x4000_0000 "local" "the machine itself is asked"
    GC 0x8000_0000 "gc" "a global catalog is meant"
}

named_flags! {
    /// What a domain controller is and offers ([MS-ADTS] 6.3.1.2).
    DsFlags:
    PDC 0x0000_0001 "pdc" "primary domain controller"
    GC 0x0000_0004 "gc" "global catalog"
    LDAP 0x0000_0008 "ldap" "it speaks LDAP"
    DS 0x0000_0010 "ds" "it has the directory of a domain"
    KDC 0x0000_0020 "kdc" "it speaks Kerberos"
    TIMESERV 0x0000_0040 "timeserv" "it tells the time"
    CLOSEST 0x0000_0080 "closest" "it is in the site of who asks"
    WRITABLE 0x0000_0100 "writable" "its directory can be written to"
    GOOD_TIMESERV 0x0000_0200 "good_timeserv" "it has a clock of its own to tell the time by"
    NDNC 0x0000_0400 "ndnc" "it has an application partition"
    SELECT_SECRET_DOMAIN_6 0x0000_0800 "select_secret_domain_6" "read-only, Windows Server 2008 or later"
    FULL_SECRET_DOMAIN_6 0x0000_1000 "full_secret_domain_6" "writable, Windows Server 2008 or later"
    WS 0x0000_2000 "ws" "it has the directory's web service"
    DS_8 0x0000_4000 "ds_8" "Windows Server 2012 or later"
    DS_9 0x0000_8000 "ds_9" "Windows Server 2012 R2 or later"
    DS_10 0x0001_0000 "ds_10" "Windows Server 2016 or later"
    DNS_CONTROLLER 0x2000_0000 "dns_controller" "the controller's name is of the DNS"
    DNS_DOMAIN 0x4000_0000 "dns_domain" "the domain's name is of the DNS"
    DNS_FOREST 0x8000_0000 "dns_forest" "the forest's name is of the DNS"
}

named_flags! {
    /// What the account of a question may be ([MS-SAMR] 2.2.1.12).
    AccountControl:
    DISABLED 0x0000_0001 "disabled" "it is disabled"
    HOME_DIRECTORY_REQUIRED 0x0000_0002 "home_directory_required" "it needs a home directory"
    PASSWORD_NOT_REQUIRED 0x0000_0004 "password_not_required" "it needs no password"
    TEMP_DUPLICATE 0x0000_0008 "temp_duplicate" "its own account is in another domain"
    NORMAL 0x0000_0010 "normal" "a user's"
    MNS_LOGON 0x0000_0020 "mns_logon" "a majority node set's"
    INTERDOMAIN_TRUST 0x0000_0040 "interdomain_trust" "a domain's"
    WORKSTATION_TRUST 0x0000_0080 "workstation_trust" "a machine's"
    SERVER_TRUST 0x0000_0100 "server_trust" "a domain controller's"
    DONT_EXPIRE_PASSWORD 0x0000_0200 "dont_expire_password" "its password is good for ever"
    AUTO_LOCKED 0x0000_0400 "auto_locked" "it is locked"
    ENCRYPTED_TEXT_PASSWORD_ALLOWED 0x0000_0800 "encrypted_text_password_allowed" "its password can be read back"
    SMARTCARD_REQUIRED 0x0000_1000 "smartcard_required" "it needs a smart card"
    TRUSTED_FOR_DELEGATION 0x0000_2000 "trusted_for_delegation" "it may act for others"
    NOT_DELEGATED 0x0000_4000 "not_delegated" "others may not act for it"
    USE_DES_KEY_ONLY 0x0000_8000 "use_des_key_only" "it has keys for DES alone"
    DONT_REQUIRE_PREAUTH 0x0001_0000 "dont_require_preauth" "Kerberos asks for no proof beforehand"
    PASSWORD_EXPIRED 0x0002_0000 "password_expired" "its password has expired"
    TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION 0x0004_0000 "trusted_to_authenticate_for_delegation" "it may act for others that it knows by itself"
    NO_AUTH_DATA_REQUIRED 0x0008_0000 "no_auth_data_required" "its tickets say nothing of its groups"
    PARTIAL_SECRETS 0x0010_0000 "partial_secrets" "a read-only domain controller's"
    USE_AES_KEYS 0x0020_0000 "use_aes_keys" "it has keys for AES"
}

impl NtVersion {
    /// What Windows 2000 and later ask with: 11.
    pub const QUESTION: Self = Self::V1.union(Self::V5).union(Self::V5EX_WITH_IP);

    /// The number alone where the bits above, which say how to answer, are not set: 11, 0x2000000b.
    pub(super) fn number(self) -> impl core::fmt::Display {
        struct Number(u32);
        impl core::fmt::Display for Number {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.0 {
                    small @ 0..=0xffff => write!(f, "{small}"),
                    large => write!(f, "{large:#x}"),
                }
            }
        }
        Number(self.bits())
    }
}
