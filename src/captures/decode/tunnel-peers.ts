/**
 * Answers come from the port of a tunnel to the port of one client. A sender who uses such a source port towards many
 * ports of a host is scanning them, whatever his packets pretend to carry.
 */
const SLOTS = 1024;
/** Ports of one host to which one tunnel end may send. */
const PORTS = 4;

export class TunnelPeers {
  readonly #keys = new Int32Array(SLOTS);
  readonly #ports = new Uint16Array(SLOTS * PORTS);

  /** True while the packet can be one of a tunnel. A pair that collides with another in this small table pushes it out. */
  answers(src: number, dst: number, from: number, to: number): boolean {
    const key = Math.imul(src ^ Math.imul(dst, 31) ^ Math.imul(from, 0x9e3779b1), 0x85ebca6b) | 1;
    const slot = key >>> 22;
    const first = slot * PORTS;
    if (this.#keys[slot] !== key) {
      this.#keys[slot] = key;
      this.#ports.fill(0, first, first + PORTS);
    }
    for (let i = first; i < first + PORTS; i++) {
      if (this.#ports[i] === to) return true;
      if (this.#ports[i] === 0) {
        this.#ports[i] = to;
        return true;
      }
    }
    return false;
  }
}
