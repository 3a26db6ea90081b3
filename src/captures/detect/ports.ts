/** What ports stand for: those that people call by name, those that scanners look for, and all the others. */

/** Services whose hosts are found by name, all over the world: web, mail, DNS, time, calls. */
const CALLED = new Set([
  25, 53, 80, 110, 123, 143, 443, 465, 587, 853, 993, 995, 3478, 5222, 5228, 5349, 8080, 8443,
]);

/** Well-known services above 1023 that are often scanned for; whoever fails at many of them looks for them. */
const KNOWN_HIGH = new Set([
  1080, 1194, 1433, 1521, 1723, 1883, 1900, 2049, 2222, 2323, 2375, 2376, 3000, 3128, 3268, 3306, 3389, 4444,
  4786, 5000, 5060, 5353, 5432, 5555, 5601, 5672, 5900, 5901, 5985, 5986, 6379, 6443, 7001, 7547, 8000, 8008,
  8009, 8080, 8081, 8086, 8088, 8090, 8443, 8888, 9000, 9090, 9100, 9200, 9300, 9999, 10000, 10050, 10250,
  11211, 15672, 27017, 37215, 49152, 50000, 50070, 52869, 62078,
]);

export function isCalled(port: number): boolean {
  return CALLED.has(port);
}

/** True for ports that only peers tell each other, not services that one looks for. */
export function isUnusual(port: number): boolean {
  return port >= 1024 && !KNOWN_HIGH.has(port);
}

/** Privileged ports, and the well-known ones above them. */
export function isService(port: number): boolean {
  return port < 1024 || CALLED.has(port) || KNOWN_HIGH.has(port);
}
