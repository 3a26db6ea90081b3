/** Settings: where messages about changes may go, and where their secrets are. */
import { z } from 'zod';
import * as of from '../setting-types.ts';

export const alerts = {
  allowedNetworks: of.list(
    'Networks that messages may be sent to beside the public Internet, such as `192.168.1.0/24`: a mail server, a broker or a webhook of your own.',
    of.network,
  ),
  secretFolders: of.setting<string[]>(
    'Folders whose files channels may name as secrets (`file:/run/secrets/smtp`). Of the environment they may name what begins with `PORTOLAN_ALERT_`.',
    () => z.array(of.path()),
    () => ['/run/secrets'],
  ),
  filesFolder: of.optional('Folder of the files that channels of the kind `jsonl` write.', of.path, {
    defaultText: '`alerts` beside the database',
  }),
};
