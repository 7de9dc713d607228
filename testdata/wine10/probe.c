/* What Windows does with local mailslots: every call in every state, one line a case.
 *
 *   build: x86_64-w64-mingw32-gcc -O1 -Wall -o probe.exe probe.c -lntdll
 *   run:   probe.exe > probe.txt          (about 15 s; or with letters of sections: probe.exe ABE)
 *
 * It creates mailslots of its own names on this machine, and a file probe_tmp.bin that it removes;
 * section D opens names of other machines and writes "hello" to them.
 *
 *   case | ret=... err=<GetLastError, 3735928559 where it is untouched> | arguments and outputs
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0A00
#include <windows.h>
#include <winternl.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#ifndef MAILSLOT_NO_MESSAGE
#define MAILSLOT_NO_MESSAGE ((DWORD)-1)
#endif
#ifndef MAILSLOT_WAIT_FOREVER
#define MAILSLOT_WAIT_FOREVER ((DWORD)-1)
#endif

typedef NTSTATUS (NTAPI *NCM)(HANDLE*,ULONG,OBJECT_ATTRIBUTES*,IO_STATUS_BLOCK*,ULONG,ULONG,ULONG,LARGE_INTEGER*);
static NCM pNCM;
typedef struct { ULONG MaximumMessageSize, MailslotQuota, NextMessageSize, MessagesAvailable; LARGE_INTEGER ReadTimeout; } MSQ;
typedef NTSTATUS (NTAPI *QIF)(HANDLE,IO_STATUS_BLOCK*,void*,ULONG,int);
typedef NTSTATUS (NTAPI *NRF)(HANDLE,HANDLE,void*,void*,IO_STATUS_BLOCK*,void*,ULONG,LARGE_INTEGER*,ULONG*);
typedef NTSTATUS (NTAPI *NWF)(HANDLE,HANDLE,void*,void*,IO_STATUS_BLOCK*,const void*,ULONG,LARGE_INTEGER*,ULONG*);
static QIF pQIF; static NRF pNRF; static NWF pNWF;

static char sname[64];
static const char *ename(DWORD e)
{
    switch (e) {
#define E(x) case x: return #x;
    E(ERROR_SUCCESS) E(ERROR_FILE_NOT_FOUND) E(ERROR_PATH_NOT_FOUND) E(ERROR_ACCESS_DENIED) E(ERROR_INVALID_HANDLE)
    E(ERROR_BAD_LENGTH) E(ERROR_SHARING_VIOLATION) E(ERROR_HANDLE_EOF) E(ERROR_BAD_NETPATH) E(ERROR_FILE_EXISTS)
    E(ERROR_INVALID_PARAMETER) E(ERROR_SEM_TIMEOUT) E(ERROR_INSUFFICIENT_BUFFER) E(ERROR_INVALID_NAME)
    E(ERROR_BAD_PATHNAME) E(ERROR_ALREADY_EXISTS) E(ERROR_FILENAME_EXCED_RANGE) E(ERROR_MORE_DATA)
    E(ERROR_IO_PENDING) E(ERROR_NOT_SUPPORTED) E(ERROR_INVALID_FUNCTION) E(ERROR_NOACCESS) E(ERROR_OPERATION_ABORTED)
    E(ERROR_INVALID_USER_BUFFER) E(ERROR_BROKEN_PIPE) E(ERROR_NO_DATA) E(ERROR_BAD_NET_NAME) E(ERROR_IO_INCOMPLETE)
    E(ERROR_DIRECTORY) E(ERROR_CALL_NOT_IMPLEMENTED) E(ERROR_NETNAME_DELETED) E(ERROR_NOT_SAME_DEVICE)
    E(ERROR_NETWORK_UNREACHABLE) E(ERROR_BAD_DEV_TYPE) E(ERROR_NO_MORE_FILES) E(ERROR_UNEXP_NET_ERR)
#undef E
    case 0xdeadbeef: return "(untouched)";
    default: sprintf(sname, "?"); return sname;
    }
}
static void line(const char *c, const char *ret, DWORD err, const char *fmt, ...)
{
    va_list ap; char buf[1024]; va_start(ap, fmt); vsnprintf(buf, sizeof buf, fmt, ap); va_end(ap);
    printf("%s | ret=%s err=%lu %s | %s\n", c, ret, err, ename(err), buf);
    fflush(stdout);
}
static HANDLE mk(const char *c, const char *name, DWORD max, DWORD to)
{
    SetLastError(0xdeadbeef);
    HANDLE h = CreateMailslotA(name, max, to, NULL);
    DWORD e = GetLastError();
    line(c, h==INVALID_HANDLE_VALUE ? "INVALID_HANDLE" : "handle", e, "CreateMailslotA(\"%.70s%s\" len=%d,max=%ld,to=%ld)", name?name:"(NULL)", name&&strlen(name)>70?"...":"", name?(int)strlen(name):-1, (long)max, (long)to);
    return h;
}
static HANDLE mkw(const char *c, const WCHAR *name, const char *label)
{
    SetLastError(0xdeadbeef);
    HANDLE h = CreateMailslotW(name, 0, 0, NULL);
    DWORD e = GetLastError();
    line(c, h==INVALID_HANDLE_VALUE ? "INVALID_HANDLE" : "handle", e, "CreateMailslotW(%s)", label);
    return h;
}
static HANDLE op(const char *c, const char *name, DWORD acc, DWORD share, DWORD disp, DWORD fl)
{
    SetLastError(0xdeadbeef);
    HANDLE h = CreateFileA(name, acc, share, NULL, disp, fl, NULL);
    DWORD e = GetLastError();
    line(c, h==INVALID_HANDLE_VALUE ? "INVALID_HANDLE" : "handle", e, "CreateFileA(\"%.60s\",acc=%08lx,share=%lx,disp=%lu,fl=%08lx)", name, acc, share, disp, fl);
    return h;
}
static HANDLE opw(const char *c, const WCHAR *name, const char *label)
{
    SetLastError(0xdeadbeef);
    HANDLE h = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ|FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    DWORD e = GetLastError();
    line(c, h==INVALID_HANDLE_VALUE ? "INVALID_HANDLE" : "handle", e, "CreateFileW(%s)", label);
    return h;
}
static HANDLE mk_async(const char *c, const WCHAR *ntname, ULONG max, LARGE_INTEGER *to, ULONG acc)
{
    HANDLE h = INVALID_HANDLE_VALUE; OBJECT_ATTRIBUTES oa; UNICODE_STRING us; IO_STATUS_BLOCK io; NTSTATUS st;
    us.Buffer=(WCHAR*)ntname; us.Length=us.MaximumLength=(USHORT)(wcslen(ntname)*2); memset(&oa,0,sizeof oa); oa.Length=sizeof oa; oa.ObjectName=&us; oa.Attributes=0x40;
    st = pNCM(&h,acc,&oa,&io,0,0,max,to); if (st) h = INVALID_HANDLE_VALUE;
    line(c, st?"-":"handle", 0, "NtCreateMailslotFile(options=0: async) st=%08lx", (long)st); return h;
}
static BOOL wr(const char *c, HANDLE h, const void *p, DWORD n)
{
    DWORD done = 0xdeadbeef; SetLastError(0xdeadbeef);
    BOOL r = WriteFile(h, p, n, &done, NULL); DWORD e = GetLastError();
    line(c, r?"TRUE":"FALSE", e, "WriteFile(%lu) written=%lu", n, done);
    return r;
}
static BOOL rd(const char *c, HANDLE h, DWORD n)
{
    static unsigned char b[1<<20]; DWORD done = 0xdeadbeef; memset(b, 0xEE, n<sizeof b?n+8:sizeof b);
    DWORD t0 = GetTickCount(); SetLastError(0xdeadbeef);
    BOOL r = ReadFile(h, n?b:(void*)b, n, &done, NULL); DWORD e = GetLastError(); DWORD dt = GetTickCount()-t0;
    line(c, r?"TRUE":"FALSE", e, "ReadFile(buf=%lu) read=%lu first=%02x buf_touched=%s elapsed~%lums", n, done, b[0], b[0]==0xEE?"no":"yes", (dt/50)*50);
    return r;
}
static void info(const char *c, HANDLE h)
{
    DWORD m=0xdeadbeef,nx=0xdeadbeef,ct=0xdeadbeef,to=0xdeadbeef; SetLastError(0xdeadbeef);
    BOOL r = GetMailslotInfo(h,&m,&nx,&ct,&to); DWORD e = GetLastError();
    line(c, r?"TRUE":"FALSE", e, "GetMailslotInfo max=%ld next=%ld count=%ld timeout=%ld", (long)m,(long)nx,(long)ct,(long)to);
}
static void setinfo(const char *c, HANDLE h, DWORD to)
{
    SetLastError(0xdeadbeef); BOOL r = SetMailslotInfo(h,to); DWORD e = GetLastError();
    line(c, r?"TRUE":"FALSE", e, "SetMailslotInfo(%ld)", (long)to);
}
static void cl(const char *c, HANDLE h)
{
    SetLastError(0xdeadbeef); BOOL r = CloseHandle(h); DWORD e = GetLastError();
    line(c, r?"TRUE":"FALSE", e, "CloseHandle");
}
#define X(h) do { if ((h)!=INVALID_HANDLE_VALUE && (h)) CloseHandle(h); } while(0)
#define S(n) "\\\\.\\mailslot\\" n

static DWORD WINAPI late_writer(void *p)
{
    Sleep(300);
    HANDLE h = CreateFileA((const char*)p, GENERIC_WRITE, FILE_SHARE_READ|FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    DWORD d; WriteFile(h, "LATE", 4, &d, NULL); CloseHandle(h); return 0;
}
struct rdarg { HANDLE h; BOOL r; DWORD e, n, dt; };
static DWORD WINAPI blk_reader(void *p)
{
    struct rdarg *a = p; char b[64]; DWORD t0 = GetTickCount(); a->n = 0xdeadbeef; SetLastError(0xdeadbeef);
    a->r = ReadFile(a->h, b, sizeof b, &a->n, NULL); a->e = GetLastError(); a->dt = GetTickCount()-t0; return 0;
}
struct flarg { HANDLE w; volatile int ok, stop; DWORD e; };
static DWORD WINAPI flooder(void *p) { struct flarg *a=p; DWORD d; int i; for (i=0;i<20000 && !a->stop;i++) { if (WriteFile(a->w,"0123456789",10,&d,NULL)) a->ok++; else { a->e=GetLastError(); break; } } return 0; }
static int apc_calls; static DWORD apc_err, apc_n;
static void CALLBACK apc(DWORD e, DWORD n, OVERLAPPED *o) { (void)o; apc_calls++; apc_err = e; apc_n = n; }

static void s_names(void)
{
    HANDLE h, h2; char nm[70000];
    puts("## A. CreateMailslot names");
    h = mk("A01 simple", S("probeA"), 0, 0); 
    h2 = mk("A02 duplicate same case", S("probeA"), 0, 0); X(h2);
    h2 = mk("A03 duplicate other case", S("PROBEa"), 0, 0); X(h2);
    h2 = mk("A04 prefix other case", "\\\\.\\MAILSLOT\\probeA2", 0, 0); X(h2);
    h2 = mk("A05 dup through other-case prefix", "\\\\.\\MailSlot\\PROBEA", 0, 0); X(h2);
    X(h);
    h = mk("A06 recreate after close", S("probeA"), 0, 0); X(h);
    h = mk("A07 NULL name", NULL, 0, 0); X(h);
    h = mk("A08 empty string", "", 0, 0); X(h);
    h = mk("A09 no prefix", "blah", 0, 0); X(h);
    h = mk("A10 prefix only no trailing slash", "\\\\.\\mailslot", 0, 0); X(h);
    h = mk("A11 prefix only with trailing slash", "\\\\.\\mailslot\\", 0, 0); X(h);
    h = mk("A12 path one level", S("dirA\\slot"), 0, 0);
    h2 = mk("A13 path dir itself as a slot", S("dirA"), 0, 0); X(h2); X(h);
    h = mk("A14 parent slot then", S("par"), 0, 0); h2 = mk("A14b child under existing slot", S("par\\child"), 0, 0); X(h2); X(h);
    h = mk("A15 path three levels", S("a\\b\\c\\d"), 0, 0); X(h);
    h = mk("A16 forward slashes", "//./mailslot/fwd", 0, 0); h2 = op("A16b open same w/ backslashes", S("fwd"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A17 mixed slash in path", S("fx/fy"), 0, 0); h2 = op("A17b open with backslash", S("fx\\fy"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A18 trailing backslash", S("trail\\"), 0, 0); h2 = op("A18b open without trailing", S("trail"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A19 double backslash inside", S("dbl\\\\x"), 0, 0); h2 = op("A19b open single", S("dbl\\x"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A20 dotdot", S("q\\..\\dd"), 0, 0); h2 = op("A20b open collapsed", S("dd"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A21 single dot component", S(".\\dot1"), 0, 0); h2 = op("A21b open collapsed", S("dot1"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A22 trailing dot", S("tdot."), 0, 0); h2 = op("A22b open without dot", S("tdot"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A23 trailing space", S("tsp "), 0, 0); h2 = op("A23b open without space", S("tsp"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A24 inner space", S("in ner"), 0, 0); X(h);
    h = mk("A25 wildcard *", S("st*r"), 0, 0); X(h);
    h = mk("A26 wildcard ?", S("q?m"), 0, 0); X(h);
    h = mk("A27 colon", S("R:\\FRED"), 0, 0); X(h);
    h = mk("A28 <>|\"", S("a<b>c|d\"e"), 0, 0); X(h);
    h = mk("A29 reserved device name", S("NUL"), 0, 0); X(h);
    h = mk("A30 ctrl char \\x01", S("c\x01t"), 0, 0); X(h);
    h = mk("A31 \\\\?\\ prefix", "\\\\?\\mailslot\\qprefix", 0, 0); h2 = op("A31b open via \\\\.\\", S("qprefix"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(h2); X(h);
    h = mk("A32 own computer name", "\\\\localhost\\mailslot\\cmp", 0, 0); X(h);
    h = mk("A33 remote computer", "\\\\OTHERHOST\\mailslot\\x", 0, 0); X(h);
    h = mk("A34 star domain", "\\\\*\\mailslot\\x", 0, 0); X(h);
    h = mk("A35 pipe prefix", "\\\\.\\pipe\\x", 0, 0); X(h);
    h = mk("A36 mailslotx prefix", "\\\\.\\mailslotx\\x", 0, 0); X(h);
    h = mk("A37 drive path", "C:\\mailslot\\x", 0, 0); X(h);
    strcpy(nm, "\\\\.\\mailslot\\"); memset(nm+13, 'n', 200); nm[213]=0; h = mk("A38 name part 200", nm, 0, 0); X(h);
    memset(nm+13, 'n', 242); nm[13+242]=0; h = mk("A39 total 255", nm, 0, 0); X(h);
    memset(nm+13, 'n', 246); nm[13+246]=0; h = mk("A40 total 259 (MAX_PATH-1)", nm, 0, 0); X(h);
    memset(nm+13, 'n', 247); nm[13+247]=0; h = mk("A41 total 260 (MAX_PATH)", nm, 0, 0); X(h);
    memset(nm+13, 'n', 1000); nm[1013]=0; h = mk("A42 total 1013", nm, 0, 0); X(h);
    memset(nm+13, 'n', 32000); nm[32013]=0; h = mk("A43 total 32013", nm, 0, 0); X(h);
    memset(nm+13, 'n', 32800); nm[32813]=0; h = mk("A44 total 32813", nm, 0, 0); X(h);
    h = mkw("A45 unicode BMP", L"\\\\.\\mailslot\\\x043f\x043e\x0447\x0442\x0430", "pochta-lower-cyrillic");
    h2 = mkw("A46 unicode case variant", L"\\\\.\\mailslot\\\x041f\x041e\x0427\x0422\x0410", "POCHTA-UPPER-cyrillic"); X(h2);
    h2 = opw("A47 open unicode other case", L"\\\\.\\mailslot\\\x041f\x043e\x0447\x0422\x0430", "Pochta-mixed-cyrillic"); X(h2); X(h);
    h = mkw("A48 sharp s", L"\\\\.\\mailslot\\stra\x00df" L"e", "strasse with U+00DF"); h2 = opw("A48b open as SS", L"\\\\.\\mailslot\\STRASSE", "STRASSE"); X(h2); X(h);
    h = mkw("A49 dotless i", L"\\\\.\\mailslot\\\x0131", "U+0131"); h2 = opw("A49b open as I", L"\\\\.\\mailslot\\I", "I"); X(h2); X(h);
    h = mkw("A50 non-BMP deseret lower", L"\\\\.\\mailslot\\\xd801\xdc28", "U+10428"); h2 = opw("A50b open deseret upper", L"\\\\.\\mailslot\\\xd801\xdc00", "U+10400"); X(h2); X(h);
}

static void s_params(void)
{
    HANDLE h; 
    puts("## B. CreateMailslot parameters and GetMailslotInfo/SetMailslotInfo");
    h = mk("B01", S("pb"), 0, 0); info("B01i", h); X(h);
    h = mk("B02", S("pb"), 100, 1000); info("B02i", h); X(h);
    h = mk("B03", S("pb"), (DWORD)-1, (DWORD)-1); info("B03i max=-1 timeout=-1", h);
    { SetLastError(0xdeadbeef); BOOL r = GetMailslotInfo(h,NULL,NULL,NULL,NULL); line("B04 all NULL", r?"TRUE":"FALSE", GetLastError(), "GetMailslotInfo(NULLs)"); } X(h);
    h = mk("B05", S("pb"), 0x80000000, 0x7fffffff); info("B05i", h); X(h);
    h = mk("B06", S("pb"), 0, 0xfffffffe); info("B06i timeout=-2", h);
    setinfo("B07", h, 0); info("B07i", h);
    setinfo("B08", h, 250); info("B08i", h);
    setinfo("B09", h, MAILSLOT_WAIT_FOREVER); info("B09i", h);
    setinfo("B10", h, 0x80000000); info("B10i", h); X(h);
    info("B11 on INVALID_HANDLE_VALUE", INVALID_HANDLE_VALUE);
    info("B12 on NULL", NULL);
    info("B13 on garbage handle", (HANDLE)(ULONG_PTR)0x12344);
    setinfo("B14 set on INVALID_HANDLE_VALUE", INVALID_HANDLE_VALUE, 5);
    { HANDLE ev = CreateEventA(NULL,0,0,NULL); info("B15 on event handle", ev); setinfo("B16 set on event handle", ev, 5); X(ev); }
    { HANDLE f = CreateFileA("probe_tmp.bin", GENERIC_READ|GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL); info("B17 on a disk file", f); setinfo("B18 set on a disk file", f, 5); X(f); }
    h = mk("B19", S("pb"), 64, 77);
    { HANDLE w = op("B20 client", S("pb"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); info("B20i info on CLIENT handle (write)", w); setinfo("B21 set on CLIENT handle", w, 5); X(w);
      w = op("B22 client rw", S("pb"), GENERIC_READ|GENERIC_WRITE, 3, OPEN_EXISTING, 0); info("B22i info on CLIENT handle (rw)", w); X(w); }
    { DWORD t; SetLastError(0xdeadbeef); t = GetFileType(h); line("B23", t==FILE_TYPE_UNKNOWN?"UNKNOWN":t==FILE_TYPE_DISK?"DISK":t==FILE_TYPE_CHAR?"CHAR":t==FILE_TYPE_PIPE?"PIPE":"?", GetLastError(), "GetFileType(server)=%lu", t); }
    X(h);
}

static void s_open(void)
{
    HANDLE h, w, w2; char c[64]; int s;
    static const char *accn[] = {"0","R","W","RW"}; static const DWORD accs[] = {0,GENERIC_READ,GENERIC_WRITE,GENERIC_READ|GENERIC_WRITE};
    puts("## C. CreateFile (client open)");
    w = op("C01 missing slot", S("nope"), GENERIC_WRITE, FILE_SHARE_READ, OPEN_EXISTING, 0); X(w);
    w = op("C02 missing slot OPEN_ALWAYS", S("nope"), GENERIC_WRITE, FILE_SHARE_READ, OPEN_ALWAYS, 0); X(w);
    w = op("C03 missing slot CREATE_NEW", S("nope"), GENERIC_WRITE, FILE_SHARE_READ, CREATE_NEW, 0); X(w);
    w = op("C04 missing slot in missing path", S("nodir\\nope"), GENERIC_WRITE, FILE_SHARE_READ, OPEN_EXISTING, 0); X(w);
    h = mk("C05 server", S("co"), 0, 0);
    { int a; for (a=0;a<4;a++) for (s=0;s<8;s++) { sprintf(c,"C06 acc=%s share=%d%s%s%s", accn[a], s, s&1?"R":"", s&2?"W":"", s&4?"D":""); w = op(c, S("co"), accs[a], s, OPEN_EXISTING, 0); X(w);} }
    w = op("C07 GENERIC_ALL", S("co"), GENERIC_ALL, 3, OPEN_EXISTING, 0); X(w);
    w = op("C08 MAXIMUM_ALLOWED", S("co"), MAXIMUM_ALLOWED, 3, OPEN_EXISTING, 0); X(w);
    w = op("C09 FILE_APPEND_DATA only", S("co"), FILE_APPEND_DATA, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) wr("C09w", w, "x", 1); X(w);
    w = op("C10 FILE_WRITE_DATA only", S("co"), FILE_WRITE_DATA|SYNCHRONIZE, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) wr("C10w", w, "x", 1); X(w);
    w = op("C11 FILE_WRITE_ATTRIBUTES only", S("co"), FILE_WRITE_ATTRIBUTES|SYNCHRONIZE, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) wr("C11w", w, "x", 1); X(w);
    w = op("C12 DELETE access", S("co"), DELETE, 7, OPEN_EXISTING, 0); X(w);
    rd("C12drain", h, 16); rd("C12drain2", h, 16);
    w = op("C13 CREATE_ALWAYS existing", S("co"), GENERIC_WRITE, 3, CREATE_ALWAYS, 0); X(w);
    w = op("C14 CREATE_NEW existing", S("co"), GENERIC_WRITE, 3, CREATE_NEW, 0); X(w);
    w = op("C15 OPEN_ALWAYS existing", S("co"), GENERIC_WRITE, 3, OPEN_ALWAYS, 0); X(w);
    w = op("C16 TRUNCATE_EXISTING existing", S("co"), GENERIC_WRITE, 3, TRUNCATE_EXISTING, 0); X(w);
    w = op("C17 other case", S("CO"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(w);
    w = op("C18 FILE_ATTRIBUTE_NORMAL", S("co"), GENERIC_WRITE, 1, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL); X(w);
    w = op("C19 OVERLAPPED", S("co"), GENERIC_WRITE, 1, OPEN_EXISTING, FILE_FLAG_OVERLAPPED); X(w);
    w = op("C20 the device itself \\\\.\\mailslot", "\\\\.\\mailslot", GENERIC_READ, 3, OPEN_EXISTING, 0); X(w);
    w = op("C21 the root \\\\.\\mailslot\\", "\\\\.\\mailslot\\", GENERIC_READ, 3, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS); X(w);
    w = op("C22 first writer share=R", S("co"), GENERIC_WRITE, 1, OPEN_EXISTING, 0);
      w2 = op("C22b second writer share=R", S("co"), GENERIC_WRITE, 1, OPEN_EXISTING, 0); X(w2);
      w2 = op("C22c second writer share=RW", S("co"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(w2);
      w2 = op("C22d second GENERIC_READ share=R", S("co"), GENERIC_READ, 1, OPEN_EXISTING, 0); X(w2);
      w2 = op("C22e second acc=0 share=R", S("co"), 0, 1, OPEN_EXISTING, 0); X(w2); X(w);
    w = op("C23 first writer share=RW", S("co"), GENERIC_WRITE, 3, OPEN_EXISTING, 0);
      w2 = op("C23b second writer share=R", S("co"), GENERIC_WRITE, 1, OPEN_EXISTING, 0); X(w2);
      w2 = op("C23c second writer share=RW", S("co"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(w2); X(w);
    w = op("C24 reader-only client", S("co"), GENERIC_READ, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) { rd("C24r read from R client", w, 16); wr("C24w write from R client", w, "z", 1);} X(w);
    w = op("C25 acc=0 client", S("co"), 0, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) { rd("C25r", w, 16); wr("C25w", w, "z", 1);} X(w);
    w = op("C26 W client", S("co"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) rd("C26r read from W client", w, 16); X(w);
    w = op("C27 RW client", S("co"), GENERIC_READ|GENERIC_WRITE, 3, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) rd("C27r read from RW client", w, 16); X(w);
    wr("C28 write on SERVER handle", h, "abc", 3); wr("C29 write 0 on SERVER handle", h, "abc", 0);
    X(h);
}

static void s_remote(void)
{
    HANDLE w; static const char *n[] = {"\\\\localhost\\mailslot\\rem","\\\\127.0.0.1\\mailslot\\rem","\\\\NOSUCHHOST\\mailslot\\rem","\\\\*\\mailslot\\rem","\\\\WORKGROUP\\mailslot\\rem",NULL}; int i; char c[40], cn[80]; DWORD l=60; HANDLE h;
    puts("## D. remote-form names");
    h = mk("D00 local slot", S("rem"), 0, 0);
    for (i=0;n[i];i++) { sprintf(c,"D%02d", i+1); w = op(c, n[i], GENERIC_WRITE, FILE_SHARE_READ|FILE_SHARE_WRITE, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) { sprintf(c,"D%02dw", i+1); wr(c, w, "hello", 5);} X(w);} 
    strcpy(cn,"\\\\"); GetComputerNameA(cn+2,&l); strcat(cn,"\\mailslot\\rem"); w = op("D10 own computer name", cn, GENERIC_WRITE, FILE_SHARE_READ, OPEN_EXISTING, 0); if (w!=INVALID_HANDLE_VALUE) wr("D10w", w, "hello", 5); X(w);
    info("D11 anything delivered?", h); X(h);
}

static void s_io(void)
{
    HANDLE h, w, w2; static char big[1<<21]; int i; char c[40];
    puts("## E. write/read/queue");
    for (i=0;i<(int)sizeof big;i++) big[i]=(char)('A'+i%26);
    h = mk("E01", S("io"), 0, 0); info("E01i empty", h);
    rd("E02 read empty timeout 0", h, 16); rd("E03 read empty, 0-byte buffer, timeout 0", h, 0);
    w = op("E04", S("io"), GENERIC_WRITE, 3, OPEN_EXISTING, 0);
    wr("E05", w, "a", 1); info("E05i", h);
    wr("E06", w, "bc", 2); info("E06i", h);
    wr("E07 zero-length", w, "", 0); info("E07i", h);
    wr("E08", w, "defg", 4); info("E08i", h);
    rd("E09 first", h, 16); info("E09i", h);
    rd("E10 too small buffer (1 for 2)", h, 1); info("E10i message kept?", h);
    rd("E11 0-byte buffer for 2", h, 0); info("E11i", h);
    rd("E12 exact buffer", h, 2); info("E12i", h);
    rd("E13 zero-length msg, 16 buf", h, 16); info("E13i", h);
    rd("E14 bigger buffer", h, 4096); info("E14i", h);
    wr("E15 zero-length", w, "", 0); rd("E16 zero-length msg with 0-byte buffer", h, 0); info("E16i", h);
    rd("E17 again empty", h, 16);
    wr("E18 424", w, big, 424); wr("E19 425", w, big, 425); wr("E20 426", w, big, 426); wr("E21 65535", w, big, 65535); wr("E22 65536", w, big, 65536); wr("E23 1MiB", w, big, 1<<20); wr("E23b 2MiB", w, big, 1<<21); info("E23i", h);
    rd("E24", h, 1024); rd("E25", h, 1024); rd("E26", h, 1024); rd("E27", h, 65535); rd("E28", h, 65536); rd("E29", h, 1<<20); info("E29i", h);
    X(w); info("E30 after client close, unread kept?", h); X(h);
    h = mk("E31 max=8", S("io"), 8, 0); w = op("E31c", S("io"), GENERIC_WRITE, 3, OPEN_EXISTING, 0);
    wr("E32 max-1", w, big, 7); wr("E33 =max", w, big, 8); wr("E34 max+1", w, big, 9); wr("E35 1000", w, big, 1000); wr("E36 0", w, big, 0); info("E36i", h);
    rd("E37", h, 64); rd("E38", h, 64); rd("E39", h, 64); rd("E40", h, 64); X(w); X(h);
    puts("## F. two writers, ordering, close orders");
    h = mk("F01", S("tw"), 0, 0); w = op("F01a", S("tw"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); w2 = op("F01b", S("tw"), GENERIC_WRITE, 3, OPEN_EXISTING, 0);
    wr("F02 w1", w, "1", 1); wr("F03 w2", w2, "2", 1); wr("F04 w1", w, "3", 1); info("F04i", h);
    rd("F05", h, 8); rd("F06", h, 8); rd("F07", h, 8);
    wr("F08 leave one unread", w, "left", 4);
    cl("F09 close server", h);
    wr("F10 write after server closed", w, "x", 1); wr("F11 zero write after server closed", w2, "", 0);
    { HANDLE o = op("F12 new open after server closed (clients open)", S("tw"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(o); }
    h = mk("F13 recreate while stale client handles open", S("tw"), 0, 0);
    if (h!=INVALID_HANDLE_VALUE) { info("F13i", h); wr("F14 stale client writes", w, "y", 1); info("F14i does new slot see it", h); X(h);} 
    cl("F15", w); cl("F16", w2);
    h = mk("F17 recreate after all closed", S("tw"), 0, 0); info("F17i", h); X(h);
    puts("## G. flood");
    h = mk("G01", S("fl"), 0, 0); w = op("G01c", S("fl"), GENERIC_WRITE, 3, OPEN_EXISTING, 0);
    { struct flarg fa; HANDLE t; fa.w=w; fa.ok=0; fa.stop=0; fa.e=0; t=CreateThread(NULL,0,flooder,&fa,0,NULL); DWORD ws=WaitForSingleObject(t,40000); sprintf(c,"%d",(int)fa.ok); line("G02", c, fa.e, "20000 writes of 10 bytes without reading: %s", ws==WAIT_TIMEOUT?"WRITER NOT FINISHED IN 40 s":"writer finished");
      if (ws==WAIT_TIMEOUT) { info("G02i", h); fa.stop=1; { char bb[16]; DWORD n; int k=0; while (WaitForSingleObject(t,0)==WAIT_TIMEOUT && k<40000) { ReadFile(h,bb,16,&n,NULL); k++; } } WaitForSingleObject(t,3000);} X(t); }
    info("G02i", h); X(w); X(h);
}

static void s_timeout(void)
{
    HANDLE h, t; struct rdarg a; char nm[] = S("to");
    puts("## H. timeouts");
    h = mk("H01 timeout 0", S("to"), 0, 0); rd("H01r", h, 16); X(h);
    h = mk("H02 timeout 500", S("to"), 0, 500); rd("H02r", h, 16); setinfo("H03", h, 150); rd("H03r", h, 16); setinfo("H04", h, 0); rd("H04r", h, 16); 
    setinfo("H05", h, 2000); t = CreateThread(NULL,0,late_writer,nm,0,NULL); rd("H05r write arrives at ~300ms", h, 16); WaitForSingleObject(t,INFINITE); X(t);
    setinfo("H06", h, MAILSLOT_WAIT_FOREVER); t = CreateThread(NULL,0,late_writer,nm,0,NULL); rd("H06r forever, write at ~300ms", h, 16); WaitForSingleObject(t,INFINITE); X(t);
    setinfo("H07", h, 1); rd("H07r timeout 1ms", h, 16);
    /* change timeout while a read is pending */
    setinfo("H08", h, 600); a.h = h; t = CreateThread(NULL,0,blk_reader,&a,0,NULL); Sleep(100); setinfo("H08s set forever while read pending", h, MAILSLOT_WAIT_FOREVER); WaitForSingleObject(t, 3000); line("H08r", a.r?"TRUE":"FALSE", a.e, "pending read: read=%lu elapsed~%lums (timeout was 600 at issue)", a.n, (a.dt/50)*50); 
    if (WaitForSingleObject(t,0)==WAIT_TIMEOUT) { late_writer(nm); WaitForSingleObject(t,2000);} X(t);
    /* close server handle while a read is blocked in another thread */
    setinfo("H09", h, 1500); a.h = h; a.r = 99; t = CreateThread(NULL,0,blk_reader,&a,0,NULL); Sleep(100); cl("H09c close server while read pending", h); WaitForSingleObject(t, 4000); line("H09r", a.r==99?"STILL PENDING":a.r?"TRUE":"FALSE", a.e, "pending read after close: read=%lu elapsed~%lums", a.n, (a.dt/50)*50); X(t);
}

static void s_handles(void)
{
    HANDLE h, d, d2, w, wd; DWORD f; BOOL r; SECURITY_ATTRIBUTES sa = { sizeof sa, NULL, TRUE }; FILETIME ct, at, wt, z; SYSTEMTIME st;
    puts("## I. handles: duplicate, inherit, information, times");
    h = mk("I01", S("dh"), 0, 0); w = op("I01c", S("dh"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); wr("I02", w, "one", 3);
    SetLastError(0xdeadbeef); r = DuplicateHandle(GetCurrentProcess(), h, GetCurrentProcess(), &d, 0, FALSE, DUPLICATE_SAME_ACCESS); line("I03 dup server", r?"TRUE":"FALSE", GetLastError(), "");
    setinfo("I04 set timeout on dup", d, 333); info("I04i via original", h);
    cl("I05 close original", h); info("I05i via dup", d); wr("I06 write still works", w, "two", 3); rd("I07 via dup", d, 16); rd("I08 via dup", d, 16);
    { HANDLE x = mk("I09 create same name while dup open", S("dh"), 0, 0); X(x); }
    SetLastError(0xdeadbeef); r = DuplicateHandle(GetCurrentProcess(), d, GetCurrentProcess(), &d2, GENERIC_WRITE, FALSE, 0); line("I10 dup server asking GENERIC_WRITE", r?"TRUE":"FALSE", GetLastError(), ""); if (r) { wr("I10w write on it", d2, "q", 1); X(d2);} 
    SetLastError(0xdeadbeef); r = DuplicateHandle(GetCurrentProcess(), w, GetCurrentProcess(), &wd, 0, FALSE, DUPLICATE_SAME_ACCESS); line("I11 dup client", r?"TRUE":"FALSE", GetLastError(), "");
    cl("I12 close original client", w); wr("I13 write via dup client", wd, "three", 5); rd("I14", d, 16);
    SetLastError(0xdeadbeef); r = DuplicateHandle(GetCurrentProcess(), wd, GetCurrentProcess(), &d2, 0, FALSE, DUPLICATE_SAME_ACCESS|DUPLICATE_CLOSE_SOURCE); line("I15 dup client CLOSE_SOURCE", r?"TRUE":"FALSE", GetLastError(), ""); wr("I15w old", wd, "x", 1); wr("I15x new", d2, "x", 1); X(d2);
    cl("I16 close last server", d); cl("I16b close again", d);
    { HANDLE o = op("I17 open after last server closed", S("dh"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(o);} 
    h = mk("I18", S("hi"), 0, 0); f = 0xdeadbeef; SetLastError(0xdeadbeef); r = GetHandleInformation(h,&f); line("I18g NULL sa", r?"TRUE":"FALSE", GetLastError(), "flags=%lx", f);
    r = SetHandleInformation(h, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT); GetHandleInformation(h,&f); line("I19 set INHERIT", r?"TRUE":"FALSE", 0, "flags=%lx", f);
    r = SetHandleInformation(h, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE); GetHandleInformation(h,&f); line("I20 set PROTECT", r?"TRUE":"FALSE", 0, "flags=%lx", f);
    cl("I21 close protected", h); r = SetHandleInformation(h, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0); cl("I22 close unprotected", h);
    SetLastError(0xdeadbeef); h = CreateMailslotA(S("hi2"),0,0,&sa); line("I23 create with bInheritHandle", h==INVALID_HANDLE_VALUE?"INVALID_HANDLE":"handle", GetLastError(), ""); f=0xdeadbeef; if (h!=INVALID_HANDLE_VALUE) GetHandleInformation(h,&f); line("I23g","-",0,"flags=%lx",f); X(h);
    h = mk("I24", S("ft"), 0, 0); memset(&ct,0,sizeof ct); memset(&at,0,sizeof at); memset(&wt,0,sizeof wt); SetLastError(0xdeadbeef); r = GetFileTime(h,&ct,&at,&wt); FileTimeToSystemTime(&ct,&st);
    line("I25 GetFileTime(server)", r?"TRUE":"FALSE", GetLastError(), "create=%08lx%08lx (year %d) access=%s write=%s", ct.dwHighDateTime, ct.dwLowDateTime, r?st.wYear:0, (at.dwHighDateTime|at.dwLowDateTime)?"nonzero":"zero", (wt.dwHighDateTime|wt.dwLowDateTime)?"nonzero":"zero");
    z.dwHighDateTime = 0x01c00000; z.dwLowDateTime = 0; SetLastError(0xdeadbeef); r = SetFileTime(h,&z,NULL,NULL); line("I26 SetFileTime(server,create)", r?"TRUE":"FALSE", GetLastError(), "");
    memset(&ct,0,sizeof ct); SetLastError(0xdeadbeef); r = GetFileTime(h,&ct,NULL,NULL); line("I27 GetFileTime again", r?"TRUE":"FALSE", GetLastError(), "create=%08lx%08lx", ct.dwHighDateTime, ct.dwLowDateTime);
    w = op("I28", S("ft"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); SetLastError(0xdeadbeef); r = GetFileTime(w,&ct,&at,&wt); line("I29 GetFileTime(client W)", r?"TRUE":"FALSE", GetLastError(), "create=%08lx%08lx", ct.dwHighDateTime, ct.dwLowDateTime);
    SetLastError(0xdeadbeef); r = SetFileTime(w,&z,NULL,NULL); line("I30 SetFileTime(client W)", r?"TRUE":"FALSE", GetLastError(), "");
    { LARGE_INTEGER li; li.QuadPart=-7; SetLastError(0xdeadbeef); r = GetFileSizeEx(h,&li); line("I31 GetFileSizeEx(server)", r?"TRUE":"FALSE", GetLastError(), "size=%lld", li.QuadPart); }
    { SetLastError(0xdeadbeef); DWORD p = SetFilePointer(h,0,NULL,FILE_CURRENT); line("I32 SetFilePointer(server)", p==INVALID_SET_FILE_POINTER?"INVALID":"ok", GetLastError(), "%lu", p); }
    { SetLastError(0xdeadbeef); r = FlushFileBuffers(w); line("I33 FlushFileBuffers(client)", r?"TRUE":"FALSE", GetLastError(), ""); SetLastError(0xdeadbeef); r = FlushFileBuffers(h); line("I34 FlushFileBuffers(server)", r?"TRUE":"FALSE", GetLastError(), ""); }
    { DWORD nread=7,tot=7,left=7; SetLastError(0xdeadbeef); r = PeekNamedPipe(h,NULL,0,&nread,&tot,&left); line("I35 PeekNamedPipe(server)", r?"TRUE":"FALSE", GetLastError(), ""); }
    X(w); X(h);
}

static void s_ov(void)
{
    HANDLE h, w, ev; OVERLAPPED o, o2; char b[64], b2[64]; DWORD n; BOOL r; int i;
    puts("## J. overlapped / Ex / Nt");
    { LARGE_INTEGER li; li.QuadPart = -1; h = mk_async("J01 (async handle, timeout -1)", L"\\??\\mailslot\\ov", 0, &li, GENERIC_READ|SYNCHRONIZE|WRITE_DAC); } setinfo("J01s", h, MAILSLOT_WAIT_FOREVER); w = op("J01c", S("ov"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); ev = CreateEventA(NULL,TRUE,FALSE,NULL);
    memset(&o,0,sizeof o); o.hEvent = ev; n = 0xdeadbeef; SetLastError(0xdeadbeef); r = ReadFile(h,b,sizeof b,&n,&o); line("J02 overlapped read, empty, forever", r?"TRUE":"FALSE", GetLastError(), "n=%lu ev=%s", n, WaitForSingleObject(ev,0)==WAIT_OBJECT_0?"set":"unset");
    if (!r && GetLastError()) {}
    info("J03 info while read pending", h); wr("J04 write satisfies pending", w, "pend", 4); info("J05 info after", h);
    n = 0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,FALSE); line("J06 GetOverlappedResult", r?"TRUE":"FALSE", GetLastError(), "n=%lu ev=%s", n, WaitForSingleObject(ev,0)==WAIT_OBJECT_0?"set":"unset");
    wr("J07", w, "now", 3); memset(&o,0,sizeof o); o.hEvent = ev; n=0xdeadbeef; SetLastError(0xdeadbeef); r = ReadFile(h,b,sizeof b,&n,&o); line("J08 overlapped read, message ready", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);
    n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,TRUE); line("J08r", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);
    memset(&o,0,sizeof o); o.hEvent = ev; ResetEvent(ev); ReadFile(h,b,sizeof b,NULL,&o); SetLastError(0xdeadbeef); r = CancelIo(h); line("J09 CancelIo", r?"TRUE":"FALSE", GetLastError(), ""); n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,TRUE); line("J09r", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);
    /* two pending reads, one too small */
    memset(&o,0,sizeof o); o.hEvent = ev; memset(&o2,0,sizeof o2); o2.hEvent = CreateEventA(NULL,TRUE,FALSE,NULL); ResetEvent(ev);
    ReadFile(h,b,2,NULL,&o); ReadFile(h,b2,sizeof b2,NULL,&o2); wr("J10 write 5 with pending reads [2,64]", w, "12345", 5); Sleep(50);
    n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,FALSE); line("J11 first (buf 2)", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);
    n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o2,&n,FALSE); line("J12 second (buf 64)", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n); info("J12i", h); CancelIo(h); setinfo("J12s", h, 0); rd("J12drain", h, 64); 
    setinfo("J13", h, 200); rd("J13d", h, 64);
    memset(&o,0,sizeof o); o.hEvent = ev; ResetEvent(ev); SetLastError(0xdeadbeef); r = ReadFile(h,b,sizeof b,NULL,&o); line("J14 overlapped read with timeout 200", r?"TRUE":"FALSE", GetLastError(), ""); n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,TRUE); line("J14r", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);
    setinfo("J15", h, 0); memset(&o,0,sizeof o); o.hEvent = ev; ResetEvent(ev); SetLastError(0xdeadbeef); r = ReadFile(h,b,sizeof b,NULL,&o); { DWORD le=GetLastError(); line("J15 overlapped read with timeout 0", r?"TRUE":"FALSE", le, ""); SetLastError(le); } if (!r && GetLastError()==ERROR_IO_PENDING) { n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,TRUE); line("J15r", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);} 
    wr("J16", w, "toolong", 7); memset(&o,0,sizeof o); o.hEvent = ev; SetLastError(0xdeadbeef); r = ReadFile(h,b,3,NULL,&o); { DWORD le=GetLastError(); line("J17 overlapped read small buffer", r?"TRUE":"FALSE", le, "Internal=%08lx", (long)o.Internal); SetLastError(le); } if (!r && GetLastError()==ERROR_IO_PENDING) { n=0xdeadbeef; SetLastError(0xdeadbeef); r = GetOverlappedResult(h,&o,&n,TRUE); line("J17r", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n);} info("J17i kept?", h);
    /* ReadFileEx */
    memset(&o,0,sizeof o); apc_calls=0; SetLastError(0xdeadbeef); r = ReadFileEx(h,b,3,&o,apc); line("J18 ReadFileEx small buffer", r?"TRUE":"FALSE", GetLastError(), ""); SleepEx(50,TRUE); line("J18c","-",0,"apc_calls=%d err=%lu n=%lu", apc_calls, apc_err, apc_n); info("J18i", h);
    memset(&o,0,sizeof o); apc_calls=0; SetLastError(0xdeadbeef); r = ReadFileEx(h,b,64,&o,apc); line("J19 ReadFileEx ok", r?"TRUE":"FALSE", GetLastError(), ""); SleepEx(50,TRUE); line("J19c","-",0,"apc_calls=%d err=%lu n=%lu", apc_calls, apc_err, apc_n);
    memset(&o,0,sizeof o); apc_calls=0; SetLastError(0xdeadbeef); r = ReadFileEx(h,b,64,&o,apc); line("J20 ReadFileEx empty timeout 0", r?"TRUE":"FALSE", GetLastError(), ""); SleepEx(50,TRUE); line("J20c","-",0,"apc_calls=%d err=%lu n=%lu", apc_calls, apc_err, apc_n);
    setinfo("J21", h, MAILSLOT_WAIT_FOREVER); memset(&o,0,sizeof o); apc_calls=0; SetLastError(0xdeadbeef); r = ReadFileEx(h,b,64,&o,apc); line("J21 ReadFileEx empty forever", r?"TRUE":"FALSE", GetLastError(), ""); wr("J21w", w, "apc!", 4); SleepEx(50,TRUE); line("J21c","-",0,"apc_calls=%d err=%lu n=%lu", apc_calls, apc_err, apc_n);
    /* WriteFileEx needs overlapped client */
    { HANDLE wo = op("J22 overlapped client", S("ov"), GENERIC_WRITE, 3, OPEN_EXISTING, FILE_FLAG_OVERLAPPED); memset(&o,0,sizeof o); apc_calls=0; SetLastError(0xdeadbeef); r = WriteFileEx(wo,"wex",3,&o,apc); line("J22 WriteFileEx", r?"TRUE":"FALSE", GetLastError(), ""); SleepEx(50,TRUE); line("J22c","-",0,"apc_calls=%d err=%lu n=%lu", apc_calls, apc_err, apc_n); rd("J22r", h, 16);
      memset(&o,0,sizeof o); o.hEvent=ev; n=0xdeadbeef; SetLastError(0xdeadbeef); r = WriteFile(wo,"wov",3,&n,&o); line("J23 overlapped WriteFile", r?"TRUE":"FALSE", GetLastError(), "n=%lu", n); rd("J23r", h, 16); X(wo); }
    { DWORD wsr; memset(&o,0,sizeof o); wsr = WaitForSingleObject(h,0); line("J24 WaitForSingleObject(server) no message", wsr==WAIT_OBJECT_0?"SIGNALED":"TIMEOUT", 0,""); wr("J24w", w, "s", 1); wsr = WaitForSingleObject(h,0); line("J24b WaitForSingleObject(server) message queued", wsr==WAIT_OBJECT_0?"SIGNALED":"TIMEOUT", 0,""); rd("J24r", h, 8); }
    /* Nt level */
    { MSQ q; IO_STATUS_BLOCK io; NTSTATUS s; memset(&q,0xcc,sizeof q); io.Information=0xdead; s = pQIF(h,&io,&q,sizeof q,26); line("J30 NtQuery(26) server", "-", 0, "st=%08lx info=%d max=%ld quota=%ld next=%ld avail=%ld to=%lld", (long)s,(int)io.Information,(long)q.MaximumMessageSize,(long)q.MailslotQuota,(long)q.NextMessageSize,(long)q.MessagesAvailable,q.ReadTimeout.QuadPart);
      setinfo("J31", h, 1000); s = pQIF(h,&io,&q,sizeof q,26); line("J31 NtQuery(26) timeout 1000", "-", 0, "st=%08lx to=%lld", (long)s,q.ReadTimeout.QuadPart); setinfo("J31b", h, 0); s = pQIF(h,&io,&q,sizeof q,26); line("J31c NtQuery(26) timeout 0", "-", 0, "st=%08lx to=%lld", (long)s,q.ReadTimeout.QuadPart);
      s = pQIF(h,&io,&q,8,26); line("J32 NtQuery(26) short buffer", "-",0,"st=%08lx",(long)s); s = pQIF(w,&io,&q,sizeof q,26); line("J33 NtQuery(26) client", "-",0,"st=%08lx",(long)s);
      io.Information = 0xdead; s = pNRF(h,NULL,NULL,NULL,&io,b,sizeof b,NULL,NULL); line("J34 NtReadFile empty timeout0","-",0,"st=%08lx info=%lx",(long)s,(long)io.Information);
      wr("J35w", w, "xyz", 3); io.Information = 0xdead; s = pNRF(h,NULL,NULL,NULL,&io,b,1,NULL,NULL); line("J35 NtReadFile small","-",0,"st=%08lx info=%lx",(long)s,(long)io.Information);
      s = pNWF(h,NULL,NULL,NULL,&io,b,1,NULL,NULL); line("J36 NtWriteFile server handle","-",0,"st=%08lx",(long)s); s = pNRF(w,NULL,NULL,NULL,&io,b,1,NULL,NULL); line("J37 NtReadFile client handle","-",0,"st=%08lx",(long)s);
    }
    rd("J38 invalid handle", INVALID_HANDLE_VALUE, 0); wr("J39 write invalid handle", INVALID_HANDLE_VALUE, "x", 1); rd("J40 NULL handle", NULL, 4);
    { DWORD nn=0xdeadbeef; SetLastError(0xdeadbeef); r = WriteFile(w,NULL,4,&nn,NULL); line("J41 WriteFile NULL buffer len 4", r?"TRUE":"FALSE", GetLastError(), "n=%lu", nn); info("J41i", h); nn=0xdeadbeef; SetLastError(0xdeadbeef); r = WriteFile(w,NULL,0,&nn,NULL); line("J42 WriteFile NULL buffer len 0", r?"TRUE":"FALSE", GetLastError(), "n=%lu", nn); info("J42i", h); }
    { DWORD nn=0xdeadbeef; SetLastError(0xdeadbeef); r = ReadFile(h,NULL,4,&nn,NULL); line("J43 ReadFile NULL buffer len 4 (3 bytes queued)", r?"TRUE":"FALSE", GetLastError(), "n=%lu", nn); info("J43i", h); }
    /* close the last server handle while an overlapped read is pending */
    setinfo("J50", h, 0); { DWORD nn; while (ReadFile(h,b2,sizeof b2,&nn,NULL)) ; } setinfo("J50b", h, MAILSLOT_WAIT_FOREVER);
    memset(&o,0,sizeof o); o.hEvent = ev; ResetEvent(ev); SetLastError(0xdeadbeef); r = ReadFile(h,b,sizeof b,NULL,&o); line("J51 overlapped read pending", r?"TRUE":"FALSE", GetLastError(), ""); cl("J52 close last server handle", h);
    { DWORD ws = WaitForSingleObject(ev,1000); line("J53 pending read after close", ws==WAIT_OBJECT_0?"COMPLETED":"NOT COMPLETED", 0, "Internal(status)=%08lx info=%lu", (long)o.Internal, (long)o.InternalHigh); } h = INVALID_HANDLE_VALUE;
    (void)i; X(w); X(h); X(ev);
}

static void s_nt(void)
{
    HANDLE h; LARGE_INTEGER li; MSQ q; IO_STATUS_BLOCK io; NTSTATUS st;
    puts("## L. Nt level create");
    h = mk_async("L01 timeout NULL", L"\\??\\mailslot\\ntl", 0, NULL, GENERIC_READ|SYNCHRONIZE); if (h!=INVALID_HANDLE_VALUE) { st=pQIF(h,&io,&q,sizeof q,26); line("L01q","-",0,"st=%08lx to=%lld",(long)st,q.ReadTimeout.QuadPart); info("L01i",h);} X(h);
    li.QuadPart=-10000*1500LL; h = mk_async("L02 timeout 1500ms", L"\\Device\\Mailslot\\ntl", 16, &li, GENERIC_READ|SYNCHRONIZE); info("L02i", h); X(h);
    h = mk_async("L03 access 0", L"\\??\\mailslot\\ntl", 0, NULL, 0); X(h);
    h = mk_async("L04 R|W access", L"\\??\\mailslot\\ntl", 0, NULL, GENERIC_READ|GENERIC_WRITE|SYNCHRONIZE); if (h!=INVALID_HANDLE_VALUE) wr("L04w write on server handle with GENERIC_WRITE", h, "x", 1); X(h);
    h = mk_async("L05 wrong device", L"\\??\\pipe\\ntl", 0, NULL, GENERIC_READ|SYNCHRONIZE); X(h);
    h = mk_async("L06 relative", L"ntl", 0, NULL, GENERIC_READ|SYNCHRONIZE); X(h);
}
static void s_proc(const char *self)
{
    /* child inherits server handle, parent closes and exits order */
    SECURITY_ATTRIBUTES sa = { sizeof sa, NULL, TRUE }; HANDLE h; char cmd[600]; STARTUPINFOA si = { sizeof si }; PROCESS_INFORMATION pi; DWORD code=0xdead;
    puts("## K. inheritance by a child process");
    h = CreateMailslotA(S("inh"), 0, 1000, &sa); { DWORD f=9; GetHandleInformation(h,&f); line("K00 flags after create with bInheritHandle=TRUE","-",0,"flags=%lx",f); SetHandleInformation(h,HANDLE_FLAG_INHERIT,HANDLE_FLAG_INHERIT); }
    HANDLE w = op("K01 client", S("inh"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); wr("K02", w, "for child", 9);
    snprintf(cmd,sizeof cmd,"\"%s\" child %llu", self, (unsigned long long)(ULONG_PTR)h);
    BOOL r = CreateProcessA(NULL,cmd,NULL,NULL,TRUE,0,NULL,NULL,&si,&pi); line("K03 CreateProcess inherit", r?"TRUE":"FALSE", GetLastError(), "");
    cl("K04 parent closes server handle", h); wr("K05 parent writes to it (child holds the slot)", w, "second", 6);
    if (r) { WaitForSingleObject(pi.hProcess, 10000); GetExitCodeProcess(pi.hProcess,&code); } line("K06 child exit code", "-",0,"code=%lu (child lines above)", code);
    wr("K07 write after child exited (last server handle gone)", w, "third", 5);
    HANDLE o = op("K08 open after owner process exit", S("inh"), GENERIC_WRITE, 3, OPEN_EXISTING, 0); X(o); X(w);
}

int main(int argc, char **argv)
{
    HMODULE nt = GetModuleHandleA("ntdll"); pQIF=(QIF)GetProcAddress(nt,"NtQueryInformationFile"); pNRF=(NRF)GetProcAddress(nt,"NtReadFile"); pNWF=(NWF)GetProcAddress(nt,"NtWriteFile"); pNCM=(NCM)GetProcAddress(nt,"NtCreateMailslotFile");
    if (argc>2 && !strcmp(argv[1],"child")) { HANDLE h=(HANDLE)(ULONG_PTR)strtoull(argv[2],0,10); info("K-child info on inherited", h); rd("K-child read 1", h, 64); Sleep(300); rd("K-child read 2", h, 64); return 5; }
    const char *(*wv)(void) = (void*)GetProcAddress(nt,"wine_get_version"); printf("# platform: %s\n", wv?wv():"real Windows");
    const char *sec = argc>1 ? argv[1] : "ABCDEHIJKL";
    if (strchr(sec,'A')) s_names();
    if (strchr(sec,'B')) s_params();
    if (strchr(sec,'C')) s_open();
    if (strchr(sec,'D')) s_remote();
    if (strchr(sec,'E')) s_io();
    if (strchr(sec,'H')) s_timeout();
    if (strchr(sec,'I')) s_handles();
    if (strchr(sec,'J')) s_ov();
    if (strchr(sec,'L')) s_nt();
    if (strchr(sec,'K')) s_proc(argv[0]);
    return 0;
}
