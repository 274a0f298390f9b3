// Answers, by the code of the npm package @sigstore/verify alone, what of a log it accepts.
//
// It reads a list of questions in JSON from standard input, and writes a list of answers. The
// first argument is the folder of the package; its functions are no public interface, so they are
// taken from their files. It knows no consistency proofs.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const dist = join(resolve(process.argv[2]), 'dist', 'tlog');
const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require(join(dist, 'checkpoint.js'));
const { verifyMerkleInclusion } = require(join(dist, 'merkle.js'));

// An Ed25519 key in DER begins with these bytes: RFC 8410, section 10.1.
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function log(vkey) {
  const [name, hash] = vkey.split('+');
  const key = vkey.slice(`${name}+${hash}+`.length);
  const bytes = Buffer.from(key, 'base64').subarray(1);
  const der = Buffer.concat([DER_PREFIX, bytes]);
  return {
    baseURL: name,
    logID: Buffer.from(hash, 'hex'),
    publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }),
  };
}

function isIn(checkpoint, { index, entry, proof }) {
  const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
  const logged = {
    canonicalizedBody: Buffer.from(entry, 'base64'),
    inclusionProof: { logIndex: String(index), hashes },
  };
  try {
    verifyMerkleInclusion(logged, checkpoint);
    return true;
  } catch {
    return false;
  }
}

function answer({ vkeys, checkpoint: envelope, records }) {
  try {
    const entry = { inclusionProof: { checkpoint: { envelope } } };
    const checkpoint = verifyCheckpoint(entry, vkeys.map(log));
    return {
      error: '',
      origin: checkpoint.origin,
      size: Number(checkpoint.logSize),
      records: records.map((record) => isIn(checkpoint, record)),
    };
  } catch (error) {
    return { error: String(error.message) };
  }
}

const questions = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(questions.map(answer)));
