/** Alerts, to somebody who is bound to some sites: they are about all of them, so there is nothing to see or set. */
import { PortolanError } from '../core/errors.ts';
import type { AlertService } from './service.ts';

export function alertsOfNobody(): AlertService {
  const refuse = async (): Promise<never> => {
    throw new PortolanError(
      'forbidden',
      'Alerts tell of all sites, and this token is bound to some.',
      'Use a token that is bound to no site.',
    );
  };
  return {
    overview: refuse,
    setChannel: refuse,
    setRule: refuse,
    addWindow: refuse,
    remove: refuse,
    preview: refuse,
    setReport: refuse,
    previewReport: refuse,
    deliveries: refuse,
    resend: refuse,
    test: refuse,
    sendDue: refuse,
  };
}
