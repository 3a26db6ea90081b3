/** Programs that the tests use, with the Debian package each comes in. The one list: CI installs from it. */
export const TEST_PROGRAMS = {
  nmap: 'nmap',
  ip: 'iproute2',
  nft: 'nftables',
  sysctl: 'procps',
  ps: 'procps',
  perl: 'perl-base',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  mount: 'mount',
  promtool: 'prometheus',
  strace: 'strace',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  tshark: 'tshark',
  openssl: 'openssl',
};
