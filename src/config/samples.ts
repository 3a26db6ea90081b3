/**
 * Secrets that stand in examples, ours and others', and what people type to try something. Who copies one of them
 * opens the door to everybody who has read the same page.
 */
const WORDS =
  'foo bar baz foobar foobarbaz test testing test123 token mytoken my-token my_token test-token test_token testtoken ' +
  'your-token your_token your-token-here your_token_here yourtoken secret mysecret my-secret my_secret topsecret ' +
  'secret-token secret_token my-secret-token my_secret_token your-secret your-secret-token your_secret_token ' +
  'your-secret-token-here your-secret-key your-api-key your_api_key your-api-key-here api-key apikey my-api-key ' +
  'supersecret super-secret super-secret-token supersecrettoken changeme change-me change_me changeit change-this ' +
  'change-me-please please-change-me replace-me replaceme placeholder example sample demo dummy default ' +
  'example-token sample-token demo-token bearer-token bearer-secret hello helloworld hello-world hello,world ' +
  'password password1 password123 passw0rd p@ssw0rd letmein qwerty qwertyuiop admin admin123 administrator root ' +
  'toor user guest portolan portolan-token nmap nmap-token xxxxxxxx todo none null undefined abc abc123 abcdefgh ' +
  '1234 12345 123456 1234567 12345678 123456789 1234567890 123';
const SAMPLES: ReadonlySet<string> = new Set(WORDS.split(' '));
let hashes: Set<string> | undefined;

/** Whether this is a word of examples, or has the shape of a place that is still to be filled in. */
export function isSampleSecret(secret: string): boolean {
  return SAMPLES.has(secret.toLowerCase()) || /^(<.*>|\$?\{.*\}|(.)\2*|.*(…|\.\.\.))$/.test(secret);
}

/** Whether this SHA-256, in lower-case hexadecimal, is that of one of them (or of nothing, or of a line with one). */
export function isSampleHash(digest: string): boolean {
  // Loaded for whoever configures hashes: it costs each start of a command milliseconds.
  const { hash } = process.getBuiltinModule('node:crypto');
  hashes ??= new Set(
    ['', ...SAMPLES].flatMap((word) => [word, `${word}\n`].map((text) => hash('sha256', text, 'hex'))),
  );
  // The empty digits of a form, and those that count up.
  return hashes.has(digest) || /^(.{1,2})\1*$/.test(digest) || digest.startsWith('0123456789abcdef0123');
}
