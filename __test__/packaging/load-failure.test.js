'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { loadAddon } = require('../../js/boundary/native-loader');
const { TARGETS, targetOf } = require('../../js/boundary/addon-candidates');
const { version } = require('../../package.json');

const PACKAGE = 'pipeline-performance-metrics';
const LINUX = { platform: 'linux', arch: 'x64', execPath: '/no/such/program' };

let folder;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'addon-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const missing = (request) =>
  Object.assign(new Error(`Cannot find module '${request}'`), {
    code: 'MODULE_NOT_FOUND',
  });

/** A file of that content; the first bytes of a Linux addon for x64 unless another is given. */
function file(content = header({ machine: 62 }), name = 'addon.node') {
  const place = path.join(folder, name);
  fs.writeFileSync(place, content);
  return place;
}

/** An ELF header, which is all of the file that anything here reads. */
function header({ machine, sectionsAt = 0 }) {
  const bytes = Buffer.alloc(128);
  bytes.writeUInt32BE(0x7f454c46);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(BigInt(sectionsAt), 40);
  return bytes;
}

/** A `require` that knows these files by what is asked for; loading one gives or throws what is given. */
function requireOf(files, loading) {
  const requireFrom = () => {
    if (loading instanceof Error) throw loading;
    return loading;
  };
  requireFrom.resolve = (request) => {
    if (request in files) return files[request];
    throw missing(request);
  };
  return requireFrom;
}

/** The error's message where a file is loaded with that outcome. */
function messageFor(place, loading, system = LINUX) {
  const { error } = loadAddon({
    ...system,
    nativePath: place,
    requireFrom: requireOf({ [place]: place }, loading),
  });
  return error.message;
}

/** The same, where nothing is found but these packages. */
function messageWithout(system, installed = []) {
  const files = Object.fromEntries(
    installed.map((name) => [`${name}/package.json`, 'somewhere']),
  );
  const { error } = loadAddon({
    ...LINUX,
    ...system,
    requireFrom: requireOf(files),
  });
  return error.message;
}

const firstLineOf = (message) => message.split('\n')[0];
const dlopen = (message) =>
  Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });

describe('a binary that does not load is named in the first line, with', () => {
  it.each([
    [
      'the C library it needs',
      "/lib/libc.so.6: version `GLIBC_2.35' not found (required by x.node)",
      /needs GLIBC 2\.35 or later, and this system has/,
    ],
    [
      'the library that is missing',
      'libgcc_s.so.1: cannot open shared object file: No such file or directory',
      /needs the library libgcc_s\.so\.1/,
    ],
    [
      'the Node-API that is missing',
      'x.node: undefined symbol: napi_create_buffer_from_arraybuffer',
      /newer Node-API.*napi_create_buffer_from_arraybuffer is missing/,
    ],
    [
      'the ABI',
      'Module did not self-register: x.node',
      /does not fit the ABI of this runtime/,
    ],
    [
      'the file system that forbids to execute',
      'x.node: failed to map segment from shared object',
      /may not be executed where it is/,
    ],
    [
      'the right that is missing',
      'x.node: cannot open shared object file: Permission denied',
      /may not be read by this user/,
    ],
    [
      'what the linker says, whatever it is',
      'cannot allocate memory in static TLS block',
      /does not load: cannot allocate memory in static TLS block/,
    ],
  ])('%s', (what, message, expected) => {
    const place = file();
    const line = firstLineOf(messageFor(place, dlopen(message)));
    expect(line).toContain(place);
    expect(line).toMatch(expected);
  });

  it.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\nsize 9'],
    ['empty', ''],
    ['no native addon', 'module.exports = {};'.repeat(9)],
    ['built for linux-arm64', header({ machine: 183 })],
    ['truncated', header({ machine: 62, sectionsAt: 9000 })],
  ])('what it is: %s', (what, content) => {
    const place = file(content);
    const error = dlopen(`${place}: invalid ELF header`);
    expect(firstLineOf(messageFor(place, error))).toContain(what);
  });

  it.each([
    ['glibc', 'musl', '\0libc.so\0', '/lib64/ld-linux-x86-64.so.2'],
    ['musl', 'glibc', '\0libc.so.6\0', '/lib/ld-musl-x86_64.so.1'],
  ])(
    'its C library where the program runs with %s',
    (has, needs, name, linker) => {
      const place = file(
        Buffer.concat([header({ machine: 62 }), Buffer.from(name)]),
      );
      const execPath = file(Buffer.from(linker), 'program');
      const error = dlopen('libc.so: invalid ELF header');
      const message = messageFor(place, error, { ...LINUX, execPath });
      expect(firstLineOf(message)).toContain(
        `built for ${needs}, and this program runs with ${has}`,
      );
    },
  );

  it('its name where that is not one of an addon', () => {
    const place = file(header({ machine: 62 }), 'addon.so');
    const line = firstLineOf(messageFor(place, new SyntaxError('no script')));
    expect(line).toContain(place);
    expect(line).toContain('must end in ".node"');
  });

  it('its kind where it is of another system', () => {
    const macho = Buffer.alloc(128);
    macho.writeUInt32LE(0xfeedfacf);
    macho.writeUInt32LE(0x0100000c, 4);
    const pe = Buffer.alloc(128);
    pe.write('MZ');
    pe.writeUInt32LE(70, 0x3c);
    pe.writeUInt16LE(0xaa64, 74);
    const error = dlopen('invalid ELF header');
    const lines = [macho, pe].map((content) =>
      firstLineOf(messageFor(file(content), error)),
    );
    expect(lines[0]).toContain('built for darwin-arm64');
    expect(lines[1]).toContain('built for win32-arm64');
  });

  it('what it lacks where it loads, and is another addon or another version', () => {
    const place = file();
    expect(firstLineOf(messageFor(place, {}))).toContain('not that of');
    const older = { Collector: class {}, version: () => '0.0.1' };
    const line = firstLineOf(messageFor(place, older));
    expect(line).toContain(
      `is of version 0.0.1, and the package of ${version}`,
    );
  });

  it('that it is a folder', () => {
    const place = path.join(folder, 'addon.node');
    fs.mkdirSync(place);
    const error = dlopen(`${place}: cannot read file data: Is a directory`);
    expect(firstLineOf(messageFor(place, error))).toContain('is a folder');
  });

  it('that it is truncated, however little of it is there', () => {
    const bytes = header({ machine: 62, sectionsAt: 64 });
    for (const size of [4, 16, 63]) {
      const place = file(bytes.subarray(0, size));
      const line = firstLineOf(messageFor(place, dlopen('file too short')));
      expect(line).toContain(`only its first ${size} bytes are there`);
    }
  });
});

describe('what stands in the place of the addon is named, as Node.js looks for it:', () => {
  const nativePath = () => path.join(folder, 'addon.node');
  const lineOf = (given = nativePath()) => {
    const requireFrom = createRequire(__filename);
    const { error } = loadAddon({ ...LINUX, nativePath: given, requireFrom });
    return firstLineOf(error.message);
  };

  it('a folder, whatever its name', () => {
    fs.mkdirSync(nativePath());
    expect(lineOf()).toMatch(/addon\.node is a folder, not an addon$/);
    expect(lineOf(folder)).toMatch(/is a folder, not an addon$/);
  });

  it('a folder where the build belongs', () => {
    const root = path.join(folder, 'root');
    const place = `native/${PACKAGE}.linux-x64-gnu.node`;
    fs.mkdirSync(path.join(root, place), { recursive: true });
    const requireFrom = createRequire(path.join(root, 'index.js'));
    const { error } = loadAddon({ ...LINUX, root, requireFrom });
    expect(firstLineOf(error.message)).toContain(`${place} is a folder`);
  });

  it('a link to nothing', () => {
    fs.symlinkSync('/no/such/addon.node', nativePath());
    expect(lineOf()).toContain(
      'is a link to /no/such/addon.node, which does not exist',
    );
  });

  it('a pipe, which is not waited for', () => {
    execFileSync('mkfifo', [nativePath()]);
    expect(lineOf()).toMatch(/addon\.node is no file$/);
  });

  it('a URL', () => {
    const url = pathToFileURL(nativePath()).href;
    expect(lineOf(url)).toContain(
      `PPM_NATIVE_PATH is ${url}, which is a URL, not a path`,
    );
  });

  it('a path that acts on a terminal or has more lines, escaped', () => {
    expect(lineOf('/a\nb\u001b[31m.node')).toContain(
      'names /a\\nb\\u001b[31m.node, which does not exist',
    );
  });
});

describe('a runtime that refuses is named in the first line:', () => {
  const refusals = [
    ['Node.js without addons', 'Error', 'ERR_DLOPEN_DISABLED', /disabled/],
    ['Node.js without rights', 'Error', 'ERR_ACCESS_DENIED', /--permission/],
    ['Deno', 'NotCapable', undefined, /Deno does not permit it: denied/],
  ];
  it.each(refusals)('%s', (what, name, code, expected) => {
    const error = Object.assign(new Error('denied'), { name, code });
    expect(firstLineOf(messageFor(file(), error))).toMatch(expected);
  });
});

describe('an addon that is not there is explained by', () => {
  const needed = `${PACKAGE}-linux-x64-gnu`;

  it('the package that is missing', () => {
    const message = messageWithout({ root: folder });
    expect(firstLineOf(message)).toContain(`${needed} is not installed`);
    expect(message).toContain('--omit=optional');
  });

  it('the package of another platform in its place', () => {
    const other = `${PACKAGE}-darwin-arm64`;
    const line = firstLineOf(messageWithout({ root: folder }, [other]));
    expect(line).toContain(needed);
    expect(line).toContain(other);
  });

  it('the clone that was not built', () => {
    file('', 'Cargo.toml');
    const message = messageWithout({ root: folder });
    expect(firstLineOf(message)).toContain('has not been built in this clone');
    expect(message).toContain('npm run build');
  });

  it('the bundle that it cannot be found from', () => {
    const message = messageWithout({});
    expect(firstLineOf(message)).toContain('bundled');
    expect(message).toContain('external');
  });

  it('the platform that there is none for', () => {
    const message = messageWithout({ platform: 'freebsd', root: folder });
    expect(firstLineOf(message)).toContain('there is no addon for freebsd-x64');
    expect(message).toContain(TARGETS.join(', '));
  });

  it('the path that was given, and nothing else is tried', () => {
    const message = messageWithout({ root: folder, nativePath: '/no/addon' });
    expect(firstLineOf(message)).toContain('PPM_NATIVE_PATH names');
    expect(message).not.toContain('local build');
  });
});

describe('the message', () => {
  it('lists every attempt, and what to do without an addon', () => {
    const message = messageWithout({ root: folder });
    expect(message).toContain(path.join(folder, 'native'));
    expect(message).toContain(`package ${PACKAGE}-linux-x64-gnu`);
    expect(message).toContain('PPM_OPTIONAL=1');
  });

  it('blames a file that is there before one that is not', () => {
    const place = path.join(folder, 'native', `${PACKAGE}.linux-x64-gnu.node`);
    fs.mkdirSync(path.dirname(place));
    fs.writeFileSync(place, '');
    const loading = dlopen(`${place}: file too short`);
    const { error } = loadAddon({
      ...LINUX,
      root: folder,
      requireFrom: requireOf({ [place]: place }, loading),
    });
    expect(firstLineOf(error.message)).toContain(`${place} is empty`);
    expect(error.cause).toBe(loading);
    expect(error.code).toBe('ERR_PPM_NATIVE_LOAD');
  });
});

describe('the target', () => {
  const programOf = (interpreter) =>
    file(Buffer.from(`\x7fELF${'\0'.repeat(600)}${interpreter}\0`), 'program');

  it.each([
    ['linux', 'x64', '/lib/ld-musl-x86_64.so.1', 'linux-x64-musl'],
    ['linux', 'arm64', '/lib/ld-linux-aarch64.so.1', 'linux-arm64-gnu'],
    ['darwin', 'arm64', '', 'darwin-arm64'],
    ['win32', 'x64', '', 'win32-x64-msvc'],
  ])(
    'of %s %s is that of the program: %s',
    (platform, arch, linker, target) => {
      const execPath = programOf(linker);
      expect(targetOf({ platform, arch, execPath })).toBe(target);
    },
  );
});
