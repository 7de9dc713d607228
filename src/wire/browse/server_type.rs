//! What a machine says that it is ([MS-RAP] 2.5.5.2.1).

use crate::wire::flags::named_flags;

named_flags! {
    /// What a machine says that it is and does, of itself: nobody checks it ([MS-RAP] 2.5.5.2.1).
    /// `Display` has the names, unknown bits as a number.
    ServerType:
    WORKSTATION 0x0000_0001 "workstation" "it uses other machines' files and printers"
    SERVER 0x0000_0002 "server" "it has some of its own"
    SQLSERVER 0x0000_0004 "sqlserver" "it runs Microsoft SQL Server"
    DOMAIN_CTRL 0x0000_0008 "domain_ctrl" "primary domain controller"
    DOMAIN_BAKCTRL 0x0000_0010 "domain_bakctrl" "backup domain controller"
    TIME_SOURCE 0x0000_0020 "time_source" "it knows the time"
    AFP 0x0000_0040 "afp" "Apple's file sharing"
    NOVELL 0x0000_0080 "novell" "Novell's file sharing"
    DOMAIN_MEMBER 0x0000_0100 "domain_member" "member of a LAN Manager 2 domain"
    PRINTQ_SERVER 0x0000_0200 "printq_server" "it shares printers"
    DIALIN_SERVER 0x0000_0400 "dialin_server" "it takes calls"
    XENIX_SERVER 0x0000_0800 "xenix_server" "Unix, Samba among them"
    NT 0x0000_1000 "nt" "Windows NT and its descendants"
    WFW 0x0000_2000 "wfw" "Windows for Workgroups"
    SERVER_MFPN 0x0000_4000 "server_mfpn" "Microsoft's file and print services for NetWare"
    SERVER_NT 0x0000_8000 "server_nt" "an NT server that is no domain controller"
    POTENTIAL_BROWSER 0x0001_0000 "potential_browser" "it can become a browser"
    BACKUP_BROWSER 0x0002_0000 "backup_browser" "backup browser"
    MASTER_BROWSER 0x0004_0000 "master_browser" "master browser of its workgroup on this network"
    DOMAIN_MASTER 0x0008_0000 "domain_master" "master browser of its domain"
    SERVER_OSF 0x0010_0000 "server_osf" "OSF/1"
    SERVER_VMS 0x0020_0000 "server_vms" "VMS"
    WINDOWS 0x0040_0000 "windows" "Windows 95, 98 or ME"
    DFS 0x0080_0000 "dfs" "it serves a distributed file system"
    CLUSTER_NT 0x0100_0000 "cluster_nt" "a cluster of servers"
    TERMINALSERVER 0x0200_0000 "terminalserver" "terminal server"
    CLUSTER_VS_NT 0x0400_0000 "cluster_vs_nt" "a cluster's virtual server"
    DCE 0x1000_0000 "dce" "IBM's directory and security services"
    ALTERNATE_XPORT 0x2000_0000 "alternate_xport" "it answers on another transport too"
    LOCAL_LIST_ONLY 0x4000_0000 "local_list_only" "of a question: what the machine itself has seen"
    DOMAIN_ENUM 0x8000_0000 "domain_enum" "a workgroup or domain, not a machine"
}
