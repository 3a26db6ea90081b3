/** Puts recorded frames into the packets of a B.A.T.M.A.N. mesh (version 15), whose kernel module few systems have. */
import { classic, framesOf } from '../../../unit/captures/wrap.ts';

const HERE = '020000000001';
const THERE = '020000000002';
const EVERYBODY = 'ffffffffffff';

/** A classic capture of Ethernet, the same packets as they cross the mesh from one of its nodes to another. */
export function meshed(capture: Buffer): Buffer {
  const frames = framesOf(capture).map((frame, number) => {
    const isForAll = ((frame.data[0] ?? 0) & 1) === 1;
    const sequence = number.toString(16).padStart(8, '0');
    const header = isForAll
      ? `${EVERYBODY}${HERE}4305 010f3200${sequence}${HERE}`
      : `${THERE}${HERE}4305 400f3201${THERE}`;
    return { ...frame, data: Buffer.concat([Buffer.from(header.replace(' ', ''), 'hex'), frame.data]) };
  });
  return classic(frames, 1);
}
