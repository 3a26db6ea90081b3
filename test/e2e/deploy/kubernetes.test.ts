/** deploy/kubernetes, built by kubectl and held against the schemas of the API; and whether its parts meet. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const FOLDER = fileURLToPath(new URL('../../../deploy/kubernetes/', import.meta.url));
const BASE = ['ConfigMap', 'Deployment', 'Namespace', 'NetworkPolicy', 'PersistentVolumeClaim', 'Service'];

/** Each checks all of a manifest; the models take it as it was read. */
const KINDS: Record<string, (manifest: never) => { validate(): void }> = {
  ConfigMap: (one) => new ConfigMap(one),
  Deployment: (one) => new Deployment(one),
  Ingress: (one) => new Ingress(one),
  Namespace: (one) => new Namespace(one),
  NetworkPolicy: (one) => new NetworkPolicy(one),
  PersistentVolumeClaim: (one) => new PersistentVolumeClaim(one),
  PodDisruptionBudget: (one) => new PodDisruptionBudget(one),
  Service: (one) => new Service(one),
  ServiceMonitor: (one) => new ServiceMonitor(one),
};

const Labels = z.record(z.string(), z.string());
const Port = z.looseObject({ name: z.string() });
const Probe = z.looseObject({
  httpGet: z.object({ path: z.string().regex(/^\/health\/(live|ready)$/), port: z.string() }),
});
const Parts = {
  ConfigMap: z.looseObject({ data: z.object({ 'portolan.yaml': z.string() }) }),
  Deployment: z.looseObject({
    spec: z.looseObject({
      selector: z.object({ matchLabels: Labels }),
      template: z.looseObject({
        metadata: z.looseObject({ labels: Labels }),
        spec: z.looseObject({
          containers: z.tuple([
            z.looseObject({
              ports: z.array(Port),
              startupProbe: Probe,
              readinessProbe: Probe,
              livenessProbe: Probe,
            }),
          ]),
        }),
      }),
    }),
  }),
  Service: z.looseObject({
    metadata: z.looseObject({ labels: Labels }),
    spec: z.looseObject({
      selector: Labels,
      ports: z.array(Port.extend({ port: z.number(), targetPort: z.string() })),
    }),
  }),
  Ingress: z.looseObject({
    spec: z.looseObject({
      tls: z.tuple([z.looseObject({ hosts: z.array(z.string()) })]),
      rules: z.tuple([
        z.object({
          host: z.string(),
          http: z.object({
            paths: z.tuple([
              z.looseObject({
                backend: z.object({
                  service: z.object({ name: z.literal('portolan'), port: z.object({ name: z.string() }) }),
                }),
              }),
            ]),
          }),
        }),
      ]),
    }),
  }),
  PodDisruptionBudget: z.looseObject({
    spec: z.looseObject({ selector: z.object({ matchLabels: Labels }) }),
  }),
  ServiceMonitor: z.looseObject({
    spec: z.looseObject({
      selector: z.object({ matchLabels: Labels }),
      endpoints: z.array(z.looseObject({ port: z.string() })),
    }),
  }),
};

interface Manifest {
  kind: string;
  metadata: { namespace?: string | undefined };
}
const Manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ namespace: z.string().optional() }),
});

function build(path: string): Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', join(FOLDER, path)], { encoding: 'utf8' });
  return parseAllDocuments(text).map((one) => Manifest.parse(one.toJS()));
}

const part = <K extends keyof typeof Parts>(manifests: Manifest[], kind: K): z.infer<(typeof Parts)[K]> =>
  Parts[kind].parse(manifests.find((one) => one.kind === kind)) as z.infer<(typeof Parts)[K]>;

describe.each([
  ['base', BASE],
  ['overlays/public', [...BASE, 'Ingress', 'PodDisruptionBudget', 'ServiceMonitor']],
])('%s', (path, kinds) => {
  const manifests = build(path);

  it('is built of every file that is there, and each part fits the schema of its kind', () => {
    const { resources, patches, configMapGenerator } = z
      .looseObject({
        resources: z.array(z.string()),
        patches: z.array(z.object({ path: z.string() })).default([]),
        configMapGenerator: z.array(z.looseObject({ files: z.array(z.string()) })),
      })
      .parse(parse(readFileSync(join(FOLDER, path, 'kustomization.yaml'), 'utf8')));
    const used = [
      ...resources.filter((name) => !name.startsWith('..')),
      ...patches.map((one) => one.path),
      ...configMapGenerator.flatMap(({ files }) => files),
      'kustomization.yaml',
    ];
    expect(used.toSorted()).toEqual(readdirSync(join(FOLDER, path)).toSorted());
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    for (const manifest of manifests) {
      expect(() => KINDS[manifest.kind]?.(manifest as never).validate(), manifest.kind).not.toThrow();
      if (manifest.kind !== 'Namespace') expect(manifest.metadata.namespace).toBe('portolan');
    }
  });

  it('has probes, ports, names and labels that meet', () => {
    const { spec } = part(manifests, 'Deployment');
    const { labels } = spec.template.metadata;
    const [{ ports, startupProbe, readinessProbe, livenessProbe }] = spec.template.spec.containers;
    const names = ports.map(({ name }) => name);
    expect(labels).toMatchObject(spec.selector.matchLabels);
    for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe])
      expect(names).toContain(httpGet.port);
    const service = part(manifests, 'Service');
    expect(labels).toMatchObject(service.spec.selector);
    for (const { targetPort } of service.spec.ports) expect(names).toContain(targetPort);
    expect(JSON.stringify(spec)).toContain('"add":["NET_RAW"]');
  });
});

it('the overlay reaches the service by name, is scraped, and may be moved', () => {
  const manifests = build('overlays/public');
  const service = part(manifests, 'Service');
  const ports = service.spec.ports.map(({ name }) => name);
  const [{ host, http }] = part(manifests, 'Ingress').spec.rules;
  const [{ backend }] = http.paths;
  expect(ports).toContain(backend.service.port.name);
  const [tls] = part(manifests, 'Ingress').spec.tls;
  expect(tls.hosts).toEqual([host]);
  const { server } = parse(part(manifests, 'ConfigMap').data['portolan.yaml']);
  expect(server.publicUrl).toBe(`https://${host}`);
  expect(server.allowedHosts).toContain(host);

  const monitor = part(manifests, 'ServiceMonitor').spec;
  expect(service.metadata.labels).toMatchObject(monitor.selector.matchLabels);
  for (const { port } of monitor.endpoints) expect(ports).toContain(port);
  const { labels } = part(manifests, 'Deployment').spec.template.metadata;
  expect(labels).toMatchObject(part(manifests, 'PodDisruptionBudget').spec.selector.matchLabels);
  const policy = JSON.stringify(manifests.find(({ kind }) => kind === 'NetworkPolicy'));
  expect(policy).toContain('"kubernetes.io/metadata.name":"ingress-nginx"');
  // What the base allows to leave is not lost by the patch.
  expect(policy).toContain('"cidr":"fc00::/7"');
});

it('the schemas know a mistake when they see one', () => {
  const wrong = { metadata: {}, spec: { replicas: 'one', endpoints: 7, rules: 'none' } };
  for (const kind of ['Deployment', 'Ingress', 'ServiceMonitor']) {
    expect(() => KINDS[kind]?.(wrong as never).validate(), kind).toThrow();
  }
});
