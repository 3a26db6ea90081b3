/** Installs what is missing: the packages of npm, and programs of the system. Node's built-in modules only. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NODE, ROOT, run, StepError, say } from './steps.mjs';

/** Installs the packages of package-lock.json, exactly, unless they are there already. */
export function ensureNpmPackages() {
  install('.', []);
  // Where install scripts are switched off, the package of Node 24 has not fetched its executable.
  if (!run(NODE, ['--version'], { quiet: true }).ok) {
    say('Fetching Node 24 (npm rebuild node) …');
    run('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
    if (!run(NODE, ['--version'], { quiet: true }).ok) {
      throw new StepError(
        'Node 24 (the package `node`) did not install.',
        'npm rebuild node --ignore-scripts=false',
      );
    }
  }
}

/** The clients of others that the tests drive. They bring much, and none of it needs to run anything when it is installed. */
export function ensureTestClients() {
  install('test/clients', ['--ignore-scripts']);
}

/** @param {string} folder of a package.json and its lock file. @param {string[]} more options of npm ci. */
function install(folder, more) {
  if (packagesAreCurrent(folder)) return;
  say(`Installing the npm packages of ${join(folder, 'package-lock.json')} (npm ci) …`);
  // The npm that runs us; engine warnings are expected under Node 20, as npm ci brings Node 24 along.
  const npm = process.env.npm_execpath;
  const where = folder === '.' ? [] : ['--prefix', join(ROOT, folder)];
  const args = ['ci', ...where, '--include=dev', ...more, '--no-audit', '--no-fund', '--loglevel=error'];
  const { ok } = npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (!ok) throw new StepError('npm ci failed.', `npm ${args.join(' ')}   (its own message is above)`);
}

/** npm keeps in node_modules what it installed there. */
function packagesAreCurrent(folder) {
  const installedFile = join(ROOT, folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, folder, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && installed[path] === undefined),
  );
}

/** By package manager: how to install, and names that differ from Debian's. */
const MANAGERS = [
  {
    program: 'apt-get',
    update: ['update', '-q'],
    install: ['install', '-y', '-q', '--no-install-recommends'],
    names: {},
  },
  {
    program: 'dnf',
    install: ['install', '-y'],
    names: {
      tshark: 'wireshark-cli',
      'iputils-ping': 'iputils',
      iproute2: 'iproute',
      procps: 'procps-ng',
      'libcap2-bin': 'libcap',
      'openssh-client': 'openssh-clients',
    },
  },
  {
    program: 'apk',
    install: ['add'],
    names: {
      nmap: 'nmap nmap-scripts',
      'iputils-ping': 'iputils',
      'libcap2-bin': 'libcap',
      'openssh-client': 'openssh',
    },
  },
  { program: 'brew', install: ['install'], names: {}, unprivileged: true },
];

/**
 * Installs the packages whose program is not there, after saying so.
 * @param {Record<string, string>} programs Debian package by program.
 * @param {string} why for the person who reads along.
 */
export function ensurePrograms(programs, why) {
  const missing = Object.keys(programs).filter((program) => !find(program));
  if (missing.length === 0) return;
  const wanted = [...new Set(missing.map((program) => programs[program]))];
  const manager = MANAGERS.find(({ program }) => find(program));
  if (!manager) {
    throw new StepError(
      `Missing: ${missing.join(', ')} (${why}).`,
      `Install ${wanted.join(', ')} with this system's package manager.`,
    );
  }
  const names = wanted.flatMap((name) => (manager.names[name] ?? name).split(' '));
  const asRoot = manager.unprivileged || process.getuid?.() === 0 ? [] : ['sudo'];
  const words = (args) => [...asRoot, manager.program, ...args];
  say(
    `Missing for ${why}: ${missing.join(', ')}. Installing: ${words([...manager.install, ...names]).join(' ')}`,
  );
  if (manager.update) execute(words(manager.update));
  if (!execute(words([...manager.install, ...names])) || missing.some((program) => !find(program))) {
    throw new StepError(
      `Installing ${names.join(', ')} did not give ${missing.filter((program) => !find(program)).join(', ')}.`,
      `${words([...manager.install, ...names]).join(' ')}   (its own message is above)`,
    );
  }
}

/** @param {string[]} words */
function execute([program, ...args]) {
  const { ok, output } = run(program, args, { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  if (!ok) say(output);
  return ok;
}

/** @param {string} program `python3:NAME` is a module of the system's Python. */
function find(program) {
  const [, module] = /^python3:(\w+)$/.exec(program) ?? [];
  if (module) return run('/usr/bin/python3', ['-c', `import ${module}`], { quiet: true }).ok;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
