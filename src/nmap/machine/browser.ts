/** The browser of the person at this machine. Here, as only this folder may start processes. */
import { PortolanError } from '../../core/errors.ts';

/** Whether there is a screen to show it on: on Linux an X server or a compositor, elsewhere always. */
export function hasScreen(env: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/**
 * Shows an address in the browser that opens such addresses here; resolves when that has been asked for.
 * @param address without secrets: every user of this machine can read the arguments of processes.
 * @throws PortolanError `command_not_found` when nothing here opens addresses.
 */
export async function showInBrowser(address: string): Promise<void> {
  const { default: open } = await import('open');
  try {
    await open(address);
  } catch (cause) {
    throw new PortolanError(
      'command_not_found',
      'No browser could be started here.',
      'portolan open --print shows the address, to be opened by hand.',
      { cause },
    );
  }
}
