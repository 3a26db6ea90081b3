/** How far an adaptive scan is as a whole, while nobody knows how many steps its checks will call for. */

/** A step takes this share of what is left of its stretch. */
const STEP_SHARE = 0.6;

export class CampaignProgress {
  #from = 0;
  #to = 1;
  #reached = 0;

  /** What follows is this part of the scan, both from 0 to 1. */
  stretch(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
  }

  /**
   * The next step of the stretch, of parts that run side by side.
   * @returns takes how far a part is (0-100), and gives how far the scan is (0-100)
   */
  step(parts = 1): (part: number, percent: number) => number {
    const from = this.#from;
    const width = (this.#to - from) * STEP_SHARE;
    this.#from += width;
    const percents = Array.from({ length: parts }, () => 0);
    return (part, percent) => {
      percents[part] = Math.max(percents[part] ?? 0, percent);
      const mean = percents.reduce((sum, one) => sum + one, 0) / parts;
      // Steps may run side by side, and none goes back behind another.
      this.#reached = Math.max(this.#reached, 100 * from + width * mean);
      return this.#reached;
    };
  }
}
