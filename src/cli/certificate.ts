/** The certificate of `server.tls`: read, checked, and read again when its files change. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config/schema.ts';
import { watchFiles } from '../config/watch-files.ts';
import { PortolanError } from '../core/errors.ts';
import type { Logger } from '../observe/log.ts';
import { isLoopback } from '../transports/http/gate.ts';
import type { Certificate } from '../transports/http/listen.ts';

type Files = NonNullable<Config['server']['tls']>;

/** @throws PortolanError `invalid_config` when a file cannot be read, or both do not belong together. */
export function readCertificate(files: Files): Certificate {
  const certificate = { cert: readPart('cert', files.cert), key: readPart('key', files.key) };
  try {
    createSecureContext(certificate);
    return certificate;
  } catch (cause) {
    // The words of OpenSSL, which name no secret; Node quotes no part of the files.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PortolanError(
      'invalid_config',
      `server.tls cannot be used (${reason}).`,
      'Give the certificate and the private key that belongs to it, as PEM and without a passphrase.',
      { cause },
    );
  }
}

function readPart(name: keyof Files, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new PortolanError(
      'invalid_config',
      `server.tls.${name} names the file ${file}, which cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      'Make it readable to the user of this server, and to nobody else where it is the key.',
      { cause },
    );
  }
}

/** When the certificate ends. */
export function endOf({ cert }: Certificate): Date {
  return new Date(new X509Certificate(cert).validTo);
}

/** Hands on each new certificate; one that cannot be used is refused, and the one before goes on. @returns what ends it. */
export function followCertificate(
  files: Files,
  { renew, log }: { renew: (certificate: Certificate) => void; log: Logger },
): () => void {
  const again = () => {
    try {
      const certificate = readCertificate(files);
      renew(certificate);
      log.info({ file: files.cert, until: endOf(certificate).toISOString() }, 'certificate renewed');
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      log.error(
        { file: files.cert, reason: error.message, next: error.next },
        'certificate refused; the one before goes on',
      );
    }
  };
  const onProblem = (error: unknown) => log.warn({ err: error, ...files }, 'the certificate is not watched');
  try {
    return watchFiles([files.cert, files.key], again, onProblem);
  } catch (error) {
    onProblem(error);
    return () => {};
  }
}

/** The warning for a server that others reach without TLS; undefined where there is nothing to warn of. */
export function clearText({ host, tls, publicUrl }: Config['server']): string | undefined {
  const guarded = tls !== undefined || publicUrl?.startsWith('https:') === true;
  return guarded || isLoopback(host)
    ? undefined
    : `tokens and results cross the network in clear text on ${host}: set server.tls, or listen on 127.0.0.1 behind a proxy with TLS (deploy/nginx).`;
}
