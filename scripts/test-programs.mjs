/** Programs that the tests use, with the Debian package each comes in. The one list: CI installs from it. */
export const TEST_PROGRAMS = {
  nmap: 'nmap',
  tshark: 'tshark',
  tcpdump: 'tcpdump',
  ip: 'iproute2',
  iptables: 'iptables',
  strace: 'strace',
  nft: 'nftables',
  perl: 'perl-base',
  ps: 'procps',
  unshare: 'util-linux',
  setcap: 'libcap2-bin',
};
