/** A private authority and a certificate of it for 127.0.0.1 and localhost, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** PEM texts, and the files they are in. */
  key: string;
  cert: string;
  keyFile: string;
  certFile: string;
  caFile: string;
}

export function makeCertificates(folder: string): Certificates {
  const file = (name: string) => join(folder, name);
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '2');
  run('req', ...key, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost');
  run(
    'req',
    '-x509',
    '-key',
    'host.key',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-out',
    'host.pem',
    '-days',
    '2',
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  return {
    key: readFileSync(file('host.key'), 'utf8'),
    cert: readFileSync(file('host.pem'), 'utf8'),
    keyFile: file('host.key'),
    certFile: file('host.pem'),
    caFile: file('ca.pem'),
  };
}
