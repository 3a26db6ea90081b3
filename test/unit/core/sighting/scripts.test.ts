import { expect, test } from 'vitest';
import type { ScriptData } from '../../../../src/core/details.ts';
import { scriptWords } from '../../../../src/core/sighting/scripts.ts';

const onHost = (id: string, data: ScriptData) =>
  scriptWords({ ports: [], scripts: [{ id, output: '', data }] });
const onPort = (id: string, data: ScriptData, port = 161, protocol: 'tcp' | 'udp' = 'udp') =>
  scriptWords({ ports: [{ port, protocol, state: 'open', scripts: [{ id, output: '', data }] }] });

test('SNMP: the engine is a mark, what counts by itself is left out', () => {
  const data = {
    enterprise: 'net-snmp',
    engineIDFormat: 'unknown',
    engineIDData: 'B8C1F2',
    snmpEngineBoots: '7',
    snmpEngineTime: '1d02h',
  };
  expect(onPort('snmp-info', data)).toEqual({
    marks: [{ type: 'snmp_engine', value: 'b8c1f2', detail: 'unknown' }],
    facts: [{ type: 'snmp', port: 161, protocol: 'udp', text: 'net-snmp' }],
  });
});

test('SMB: the name of the host itself, its system and dialects, and not its clock', () => {
  const said = onHost('smb-os-discovery', {
    os: 'Windows Server 2012 R2 Standard 9600',
    lanmanager: 'Windows Server 2012 R2 Standard 6.3',
    server: 'DC1\\x00',
    date: '2026-11-29T07:00:00+00:00',
    fqdn: 'DC1.corp.lan',
    domain_dns: 'corp.lan',
  });
  expect(said).toEqual({
    marks: [{ type: 'name', value: 'dc1.corp.lan', detail: 'smb' }],
    facts: [
      {
        type: 'smb',
        port: 445,
        protocol: 'tcp',
        text: 'Windows Server 2012 R2 Standard 9600; Windows Server 2012 R2 Standard 6.3; corp.lan',
      },
    ],
  });
  expect(onHost('smb-protocols', { dialects: ['2:0:2', '3:1:1'] }).facts).toEqual([
    { type: 'smb_dialects', port: 445, protocol: 'tcp', text: '2:0:2, 3:1:1' },
  ]);
  expect(onHost('nbstat', { server_name: 'DC1' }).marks).toEqual([
    { type: 'name', value: 'dc1', detail: 'netbios' },
  ]);
  expect(onPort('rdp-ntlm-info', { DNS_Computer_Name: 'PC7.corp.lan' }, 3389, 'tcp').marks).toEqual([
    { type: 'name', value: 'pc7.corp.lan', detail: 'ntlm' },
  ]);
});

test('a certificate whose text was cut keeps the fingerprint nmap gives', () => {
  const data = {
    subject: { commonName: 'box' },
    issuer: { commonName: 'box', organizationName: 'Lab' },
    sha1: 'A'.repeat(40),
    pem: '-----BEGIN CERTIFICATE-----\nMIIB…[cut 900]',
  };
  expect(onPort('ssl-cert', data, 443, 'tcp')).toEqual({
    marks: [{ type: 'cert_name', value: 'box' }],
    facts: [
      {
        type: 'cert',
        port: 443,
        protocol: 'tcp',
        fingerprint: `sha1:${'a'.repeat(40)}`,
        subject: 'CN=box',
        issuer: 'CN=box, O=Lab',
      },
    ],
  });
});

test('a key without its text keeps the MD5, and garbage says nothing', () => {
  const keys = [{ type: 'ssh-rsa', bits: '2048', fingerprint: 'ab'.repeat(16) }];
  expect(onPort('ssh-hostkey', keys, 22, 'tcp').facts).toEqual([
    {
      type: 'hostkey',
      port: 22,
      protocol: 'tcp',
      keyType: 'rsa',
      fingerprint: `MD5:${'ab'.repeat(16)}`,
      bits: 2048,
    },
  ]);
  for (const data of ['x', [], {}, { '#': [{}] }, [['a']], { constructor: 'x' }] satisfies ScriptData[]) {
    for (const id of [
      'ssh-hostkey',
      'ssl-cert',
      'snmp-info',
      'smb-os-discovery',
      'smb-protocols',
      '__proto__',
    ])
      expect(onPort(id, data, 22, 'tcp')).toEqual({ marks: [], facts: [] });
  }
});
