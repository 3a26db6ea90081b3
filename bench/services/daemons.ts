/**
 * Daemons of Debian's packages as data: how each is started, on which port. `{address}`, `{port}`, `{folder}`, `{cert}`
 * and `{key}` are filled in. What is not installed is named and left out.
 */
export interface Daemon {
  port: number;
  argv: string[];
  /** Its configuration, at `{folder}/conf`. */
  conf?: string;
  /** Run before, to its end. */
  before?: string[][];
}

const ssh = (port: number): Daemon => ({
  port,
  argv: ['/usr/sbin/sshd', '-D', '-e', '-f', '{folder}/conf'],
  before: [
    ['mkdir', '-p', '/run/sshd'],
    ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '{folder}/hostkey'],
  ],
  conf: 'ListenAddress {address}:{port}\nHostKey {folder}/hostkey\nPidFile none\n',
});
const nginx = (port: number, ssl = false): Daemon => ({
  port,
  argv: ['/usr/sbin/nginx', '-p', '{folder}', '-c', '{folder}/conf', '-g', 'daemon off;'],
  conf: `pid {folder}/pid; error_log /dev/null; events {} http { access_log off; server { listen {address}:{port}${ssl ? ' ssl; ssl_certificate {cert}; ssl_certificate_key {key}' : ''}; } }\n`,
});
const redis = (port: number): Daemon => ({
  port,
  argv: ['redis-server', '--bind', '{address}', '--port', '{port}', '--protected-mode', 'no', '--save', ''],
});
const memcached = (port: number): Daemon => ({
  port,
  argv: ['memcached', '-u', 'nobody', '-l', '{address}', '-p', '{port}'],
});
const stunnel = (port: number, to: number): Daemon => ({
  port,
  argv: ['stunnel4', '{folder}/conf'],
  conf: `foreground = yes\npid =\n[one]\naccept = {address}:{port}\nconnect = {address}:${to}\ncert = {cert}\nkey = {key}\n`,
});
const postgres = (port: number): Daemon => ({
  port,
  argv: [
    ...['runuser', '-u', 'postgres', '--', '/usr/lib/postgresql/15/bin/postgres', '-D', '{folder}/data'],
    ...['-p', '{port}', '-h', '{address}', '-k', ''],
  ],
  before: [
    ['chown', 'postgres', '{folder}'],
    ['runuser', '-u', 'postgres', '--', '/usr/lib/postgresql/15/bin/initdb', '-D', '{folder}/data'],
  ],
});
const slapd = (port: number): Daemon => ({
  port,
  argv: ['slapd', '-d', '0', '-h', 'ldap://{address}:{port}/', '-f', '{folder}/conf'],
  conf: 'include /etc/ldap/schema/core.schema\npidfile {folder}/pid\ndatabase ldif\nsuffix "dc=lab"\ndirectory {folder}\n',
});
const named = (port: number): Daemon => ({
  port,
  argv: ['named', '-f', '-c', '{folder}/conf'],
  conf: 'options { directory "{folder}"; pid-file none; session-keyfile none; listen-on port {port} { {address}; }; listen-on-v6 { none; }; recursion no; };\ncontrols { };\n',
});

export const DAEMONS: readonly Daemon[] = [
  ssh(22),
  ssh(2200),
  nginx(80),
  nginx(8443, true),
  nginx(41_000, true),
  redis(6379),
  redis(16_379),
  memcached(11_211),
  memcached(21_211),
  stunnel(30_993, 6379),
  stunnel(30_022, 22),
  postgres(5432),
  postgres(15_432),
  slapd(389),
  slapd(3890),
  named(53),
  named(5300),
  {
    port: 2223,
    argv: ['dropbear', '-F', '-E', '-r', '{folder}/key', '-p', '{address}:{port}', '-P', '{folder}/pid'],
    before: [['dropbearkey', '-t', 'ed25519', '-f', '{folder}/key']],
  },
  {
    port: 21,
    argv: ['vsftpd', '{folder}/conf'],
    conf: 'listen=YES\nlisten_ipv6=NO\nbackground=NO\nlisten_address={address}\nlisten_port={port}\nanonymous_enable=YES\n',
    before: [['mkdir', '-p', '/var/run/vsftpd/empty']],
  },
  {
    port: 8080,
    argv: ['apache2', '-X', '-f', '{folder}/conf'],
    conf: 'ServerRoot {folder}\nServerName lab\nListen {address}:{port}\nPidFile {folder}/pid\nErrorLog {folder}/log\nLoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nUser nobody\nGroup nogroup\n',
  },
  {
    port: 8000,
    argv: ['lighttpd', '-D', '-f', '{folder}/conf'],
    conf: 'server.document-root = "{folder}"\nserver.bind = "{address}"\nserver.port = {port}\n',
  },
  {
    port: 1883,
    argv: ['mosquitto', '-c', '{folder}/conf'],
    conf: 'listener {port} {address}\nallow_anonymous true\n',
  },
  {
    port: 25,
    argv: ['exim4', '-C', '{folder}/conf', '-bdf'],
    conf: 'local_interfaces = {address}\ndaemon_smtp_ports = {port}\nprimary_hostname = mail.lab.internal\nspool_directory = {folder}\nlog_file_path = {folder}/log-%s\nhost_lookup =\nrfc1413_query_timeout = 0s\nkeep_environment =\n',
    before: [['chown', 'Debian-exim', '{folder}']],
  },
  {
    port: 143,
    argv: ['dovecot', '-F', '-c', '{folder}/conf'],
    conf: 'base_dir = {folder}/run\nlog_path = /dev/null\nprotocols = imap\nssl = no\nlisten = {address}\npassdb {\n driver = static\n args = nopassword=y\n}\nuserdb {\n driver = static\n args = uid=nobody gid=nogroup home=/tmp\n}\n',
  },
  {
    port: 4443,
    argv: [
      ...['sslh', '--foreground', '--user', 'nobody', '-P', '{folder}/pid', '--listen', '{address}:{port}'],
      ...['--timeout', '2', '--ssh', '{address}:22', '--http', '{address}:80', '--tls', '{address}:8443'],
    ],
  },
  {
    port: 8888,
    argv: ['haproxy', '-db', '-f', '{folder}/conf'],
    conf: 'defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\nfrontend one\n bind {address}:{port}\n default_backend two\nbackend two\n server web {address}:80\n',
  },
  {
    port: 8889,
    argv: ['tinyproxy', '-d', '-c', '{folder}/conf'],
    conf: 'Port {port}\nListen {address}\nTimeout 60\nLogLevel Critical\nAllow 10.9.0.0/16\n',
  },
  {
    port: 873,
    argv: ['rsync', '--daemon', '--no-detach', '--config', '{folder}/conf', '--port', '{port}'],
    conf: 'address = {address}\n[one]\npath = {folder}\n',
  },
  {
    port: 3632,
    argv: [
      ...['distccd', '--daemon', '--no-detach', '--allow', '10.9.0.0/16', '--listen', '{address}'],
      ...['--port', '{port}', '--user', 'nobody', '--log-file', '/dev/null'],
    ],
  },
  {
    port: 6667,
    argv: ['ngircd', '-n', '-f', '{folder}/conf'],
    conf: '[Global]\nName = irc.lab.internal\nInfo = Lab\nListen = {address}\nPorts = {port}\nServerUID = nobody\nServerGID = nogroup\n[Options]\nDNS = no\nIdent = no\nPAM = no\n',
  },
  {
    port: 8118,
    argv: ['privoxy', '--no-daemon', '{folder}/conf'],
    conf: 'listen-address {address}:{port}\nconfdir /etc/privoxy\nlogdir {folder}\n',
  },
  {
    port: 445,
    argv: ['smbd', '-F', '--no-process-group', '-s', '{folder}/conf'],
    conf: '[global]\ninterfaces = {address}\nbind interfaces only = yes\nsmb ports = {port}\nprivate dir = {folder}\nlock directory = {folder}\nstate directory = {folder}\ncache directory = {folder}\npid directory = {folder}\nncalrpc dir = {folder}/rpc\nlog file = {folder}/log\n',
  },
  {
    port: 44_330,
    argv: [
      'openssl',
      's_server',
      '-accept',
      '{address}:{port}',
      '-key',
      '{key}',
      '-cert',
      '{cert}',
      '-www',
      '-quiet',
    ],
  },
  { port: 8001, argv: ['python3', '-m', 'http.server', '--bind', '{address}', '{port}'] },
  {
    port: 9418,
    argv: ['git', 'daemon', '--listen={address}', '--port={port}', '--base-path={folder}', '{folder}'],
  },
];
