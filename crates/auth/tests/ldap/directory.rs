//! `OpenLDAP`'s slapd with some people and groups, on ports of this machine and with a certificate of our own authority.

use std::{
    fmt::Write as _,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use auth::{
    ca::CertificateAuthority,
    ldap::{Attributes, Scope, Settings},
};
use tempfile::TempDir;
use time::OffsetDateTime;

/// More people than two pages hold.
pub(crate) const CROWD: usize = 1200;
pub(crate) const PEOPLE: &str = "ou=people,dc=example,dc=org";
const READER: &str = "cn=reader,dc=example,dc=org";

/// A directory that runs until it is dropped.
pub(crate) struct Directory {
    slapd: Child,
    pub(crate) plain: u16,
    pub(crate) tls: u16,
    ca_pem: String,
    _files: TempDir,
}

impl Drop for Directory {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.slapd.kill();
        let _ = self.slapd.wait();
    }
}

impl Directory {
    /// Starts one; `None`, with the reason printed, where there is no slapd.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = find_slapd() else {
            eprintln!("skipped: slapd is not installed (Debian's packages slapd and ldap-utils)");
            return None;
        };
        let files = TempDir::new().expect("folder");
        let ca = CertificateAuthority::create("Directory CA", OffsetDateTime::now_utc())
            .expect("authority");
        configure(files.path(), &ca);
        let load = Command::new(format!("{programs}/slapadd"))
            .arg("-q")
            .args(["-f", &path(files.path(), "slapd.conf")])
            .args(["-l", &path(files.path(), "people.ldif")])
            .output()
            .expect("slapadd");
        assert!(
            load.status.success(),
            "{}",
            String::from_utf8_lossy(&load.stderr)
        );
        // Between our asking for a free port and slapd's taking it, somebody else may have.
        let started = (0..5).find_map(|_| launch(programs, files.path()));
        let log = || fs::read_to_string(files.path().join("log")).unwrap_or_default();
        let (slapd, plain, tls) = started.unwrap_or_else(|| panic!("slapd ends: {}", log()));
        Some(Self {
            slapd,
            plain,
            tls,
            ca_pem: ca.cert_pem().to_owned(),
            _files: files,
        })
    }

    /// As an administrator would set it up, over the plain port and encrypted from there on.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            url: format!("ldap://localhost:{}", self.plain),
            start_tls: true,
            ca_pem: Some(self.ca_pem.clone()),
            reader_dn: READER.to_owned(),
            reader_password: "reader-password".into(),
            base_dn: PEOPLE.to_owned(),
            scope: Scope::Subtree,
            user_filter: "(&(objectClass=inetOrgPerson)(uid={username}))".to_owned(),
            attributes: Attributes::default(),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Starts slapd on two free ports and waits until it answers there; `None` if it ends first.
fn launch(programs: &str, folder: &Path) -> Option<(Child, u16, u16)> {
    let (plain, tls) = (free_port(), free_port());
    let log = fs::File::create(folder.join("log")).expect("log");
    let addresses = format!("ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}");
    let mut slapd = Command::new(format!("{programs}/slapd"))
        .args(["-d", "stats"])
        .args(["-f", &path(folder, "slapd.conf")])
        .args(["-h", &addresses])
        .stderr(log)
        .spawn()
        .expect("slapd");
    let answers = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
    let until = Instant::now() + Duration::from_secs(30);
    while !(answers(plain) && answers(tls)) {
        if slapd.try_wait().expect("slapd").is_some() {
            return None;
        }
        assert!(Instant::now() < until, "slapd does not answer");
        std::thread::yield_now();
    }
    Some((slapd, plain, tls))
}

fn find_slapd() -> Option<&'static str> {
    ["/usr/sbin", "/usr/local/sbin", "/usr/local/libexec"]
        .into_iter()
        .find(|folder| Path::new(folder).join("slapd").exists())
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// A port that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address").port()
}

fn configure(folder: &Path, ca: &CertificateAuthority) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let issued = ca
        .issue_server(&names, OffsetDateTime::now_utc())
        .expect("certificate");
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).expect("file");
    put("cert.pem", &issued.cert_pem);
    put("key.pem", &issued.key_pem);
    put("people.ldif", &people());
    fs::create_dir(folder.join("data")).expect("folder");
    let schema = |name| format!("include /etc/ldap/schema/{name}.schema\n");
    let schemas: String = ["core", "cosine", "inetorgperson", "nis"]
        .map(schema)
        .concat();
    let folder = folder.display();
    let config = format!(
        "{schemas}\
         modulepath /usr/lib/ldap\n\
         moduleload back_mdb\n\
         pidfile {folder}/slapd.pid\n\
         TLSCertificateFile {folder}/cert.pem\n\
         TLSCertificateKeyFile {folder}/key.pem\n\
         sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited\n\
         database mdb\n\
         suffix \"dc=example,dc=org\"\n\
         rootdn \"cn=root,dc=example,dc=org\"\n\
         directory {folder}/data\n\
         maxsize 67108864\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to * by dn.exact=\"{READER}\" read by * none\n"
    );
    put("slapd.conf", &config);
}

fn people() -> String {
    let mut ldif = format!(
        "dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\n\n\
         dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         userPassword: reader-password\n\n\
         dn: {PEOPLE}\nobjectClass: organizationalUnit\n\n\
         dn: ou=robots,{PEOPLE}\nobjectClass: organizationalUnit\n\n\
         dn: ou=groups,dc=example,dc=org\nobjectClass: organizationalUnit\n\n"
    );
    let mut add = |dn: &str, uid: &str, name: &str, unit: &str| {
        let written = write!(
            ldif,
            "dn: {dn}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {name}\nsn: {name}\n\
             mail: {uid}@example.org\nou: {unit}\nuserPassword: {uid}-password\n\n"
        );
        written.expect("a string takes everything");
    };
    let robots = format!("ou=robots,{PEOPLE}");
    for (rdn, parent, uid, name, unit) in [
        ("uid=ada", PEOPLE, "ada", "Ada Lovelace", "engines"),
        ("uid=bob", PEOPLE, "bob", "Bob", "bridges"),
        ("cn=Doe\\, Eve", PEOPLE, "eve", "Doe, Eve", "engines"),
        ("uid=robot", &robots, "robot", "Robot", "engines"),
        // Two entries with one name.
        ("uid=twin", PEOPLE, "twin", "Twin", "bridges"),
        ("uid=twin", &robots, "twin", "Twin", "bridges"),
        ("uid=a*b", PEOPLE, "a*b", "Star", "bridges"),
    ] {
        add(&format!("{rdn},{parent}"), uid, name, unit);
    }
    let mut crowd = String::new();
    for n in 0..CROWD {
        let uid = format!("crowd{n:04}");
        add(&format!("uid={uid},{PEOPLE}"), &uid, "Crowd", "crowd");
        crowd.extend(["member: uid=", &uid, ",", PEOPLE, "\n"]);
    }
    let written = write!(
        ldif,
        "dn: cn=engines,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\n\
         member: UID=ADA, {PEOPLE}\nmember: cn=Doe\\2c Eve,{PEOPLE}\n\
         member: uid=gone,{PEOPLE}\nmember: cn=crowd,ou=groups,dc=example,dc=org\n\n\
         dn: cn=crowd,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\n{crowd}\n\
         dn: cn=posix,ou=groups,dc=example,dc=org\nobjectClass: posixGroup\ngidNumber: 1\n\
         memberUid: bob\nmemberUid: robot\nmemberUid: gone\n"
    );
    written.expect("a string takes everything");
    ldif
}
