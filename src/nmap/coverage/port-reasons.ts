/** Why nmap gives a port its state (nmap manual, --reason; portreasons.cc), in one spelling. */

/** In its summaries nmap writes reasons in the plural: `resets`, `no-responses`, `port-unreaches`. */
export function singular(reason: string): string {
  if (/(?:reach|quench)es$/.test(reason)) return reason.slice(0, -2);
  return reason.endsWith('s') ? reason.slice(0, -1) : reason;
}

/** ICMP errors by which a firewall or router refuses a probe, or says that it leads nowhere (RFC 792, RFC 1812, RFC 4443). */
export function isIcmpRefusal(reason: string): boolean {
  return /^(?:net|host|proto|port|dest|beyond-scope|addr)-unreach$|-prohibited$|^(?:no-route|reject-route)$/.test(
    singular(reason),
  );
}
