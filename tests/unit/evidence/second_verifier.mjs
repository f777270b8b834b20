// A second verifier, written from docs/package-format.md alone, to prove that the document is
// enough. Prints {check: "ok" | why it failed} as one line of JSON for each file and exits with
// 0 only when nothing failed.
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";

const hash = (name, ...parts) =>
  parts.reduce((sum, part) => sum.update(part), crypto.createHash(name)).digest();
const TREES = ["sha256", "sm3"].filter((name) => crypto.getHashes().includes(name));
const digest = (name, data) => `${name}:${hash(name, data).toString("hex")}`;
const leafHash = (name, data) => hash(name, Buffer.of(0), data);

function need(condition, why) {
  if (!condition) throw new Error(why);
}

// Section 1: records.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const items = Object.keys(value).sort();
  return `{${items.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
const same = (a, b) => canonical(a) === canonical(b);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(name, data) {
  const text = utf8.decode(data);
  const value = JSON.parse(text, (_, item) => {
    need(typeof item !== "number" || Number.isSafeInteger(item), `${name}: no integer`);
    return item;
  });
  need(canonical(value) === text, `${name}: not canonical`);
  return value;
}

function checkSignature(record, keys) {
  const key = keys.get(record.key);
  need(key, `key ${record.key} unknown`);
  const raw = Buffer.from(key.public, "hex");
  const id = `${key.algorithm}:${hash("sha256", raw).toString("hex").slice(0, 16)}`;
  need(id === key.key, "key id does not fit");
  const { signature, ...unsigned } = record;
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
  const publicKey = crypto.createPublicKey({ key: jwk, format: "jwk" });
  const message = Buffer.from(canonical(unsigned));
  need(crypto.verify(null, message, publicKey, Buffer.from(signature, "hex")), "bad signature");
}

// Section 1: a key of a meeting is certified by a long-term key.
function checkKeys(keys, log, heads) {
  need(keys.length > 0, "no key");
  for (const key of keys) {
    const { certificate } = key;
    need(certificate?.type === "key-certificate" && certificate.v === 1, "no certificate");
    need(certificate.meeting === log, "other meeting");
    need(["algorithm", "public"].every((part) => certificate[part] === key[part]), "other key");
    const [algorithm] = certificate.key.split(":");
    const issuer = { algorithm, key: certificate.key, public: certificate.by };
    checkSignature(certificate, new Map([[issuer.key, issuer]]));
    const early = heads.some((head) => head.key === key.key && head.time < certificate.from);
    need(!early, "head before the certificate");
  }
}

// Section 2: the tree.
function root(name, leaves, low = 0, high = leaves.length) {
  if (low === high) return hash(name, "");
  if (high - low === 1) return leaves[low];
  let half = 1;
  while (half * 2 < high - low) half *= 2;
  const left = root(name, leaves, low, low + half);
  return hash(name, Buffer.of(1), left, root(name, leaves, low + half, high));
}

// Section 4: the archive.
function unpack(data) {
  const files = new Map();
  let at = 0;
  while (data.readUInt32LE(at) === 0x04034b50) {
    const size = data.readUInt32LE(at + 22);
    const start = at + 30 + data.readUInt16LE(at + 26);
    files.set(data.toString("latin1", at + 30, start), data.subarray(start, start + size));
    at = start + size;
  }
  return files;
}

function crc32(data) {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function pack(files) {
  const body = [];
  const directory = [];
  let offset = 0;
  for (const name of [...files.keys()].sort()) {
    const content = files.get(name);
    const common = Buffer.alloc(24);
    common.writeUInt16LE(0x21, 6);
    common.writeUInt32LE(crc32(content), 8);
    common.writeUInt32LE(content.length, 12);
    common.writeUInt32LE(content.length, 16);
    common.writeUInt16LE(name.length, 20);
    const local = Buffer.concat([Buffer.from("PK\x03\x04\x0a\x00", "latin1"), common]);
    const central = Buffer.from("PK\x01\x02\x14\x03\x0a\x00", "latin1");
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(0x81a40000, 6);
    tail.writeUInt32LE(offset, 10);
    const raw = Buffer.from(name, "latin1");
    directory.push(central, common, tail, raw);
    body.push(local, raw, content);
    offset += local.length + raw.length + content.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, index, end]);
}

// Section 5: RFC 9180 base mode with X25519, HKDF-SHA256, AES-256-GCM.
const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part, "latin1")));
const hmac = (key, data) => crypto.createHmac("sha256", key).update(data).digest();
const KEM = concat("KEM", "\x00\x20");
const HPKE = concat("HPKE", "\x00\x20\x00\x01\x00\x02");

function extract(suite, salt, label, secret) {
  return hmac(salt, concat("HPKE-v1", suite, label, secret));
}
function expand(suite, key, label, info, length) {
  const text = concat([length >> 8, length & 255], "HPKE-v1", suite, label, info);
  return hmac(key, concat(text, "\x01")).subarray(0, length);
}
function open(sealed, privateRaw, publicRaw, info) {
  const x = (raw) => ({ kty: "OKP", crv: "X25519", x: raw.toString("base64url") });
  const encapsulated = sealed.subarray(0, 32);
  const shared = crypto.diffieHellman({
    publicKey: crypto.createPublicKey({ key: x(encapsulated), format: "jwk" }),
    privateKey: crypto.createPrivateKey({
      key: { ...x(publicRaw), d: privateRaw.toString("base64url") },
      format: "jwk",
    }),
  });
  const eae = extract(KEM, "", "eae_prk", shared);
  const secret = expand(KEM, eae, "shared_secret", concat(encapsulated, publicRaw), 32);
  const context = concat("\x00", extract(HPKE, "", "psk_id_hash", ""),
    extract(HPKE, "", "info_hash", info));
  const key = extract(HPKE, secret, "secret", "");
  const aead = crypto.createDecipheriv("aes-256-gcm", expand(HPKE, key, "key", context, 32),
    expand(HPKE, key, "base_nonce", context, 12));
  aead.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([aead.update(sealed.subarray(32, -16)), aead.final()]);
}

// Section 5: the ballot itself. Node has no SM4-GCM; a library brings it, where a package asks.
const packages = createRequire(new URL("../../../skins/package.json", import.meta.url));
const aes128gcm = (key, iv, data, tag, aad) => {
  const aead = crypto.createDecipheriv("aes-128-gcm", key, iv);
  aead.setAAD(aad);
  aead.setAuthTag(tag);
  return Buffer.concat([aead.update(data), aead.final()]);
};
const sm4gcm = (key, iv, data, tag, associatedData) => Buffer.from(packages("sm-crypto-v2")
  .sm4.decrypt(data, key, { mode: "gcm", iv, tag, associatedData, output: "array" }));
const SUITES = { aes128gcm, sm4gcm };

// Section 5: shares over GF(2^128). The last of the shares are taken, for a change.
function times(a, b) {
  let product = 0n;
  for (; b; b >>= 1n) {
    if (b & 1n) product ^= a;
    a <<= 1n;
    if (a >> 128n) a ^= (1n << 128n) | 135n;
  }
  return product;
}
function inverse(a) {
  let result = 1n;
  for (let bit = 1; bit < 128; bit += 1) {
    a = times(a, a);
    result = times(result, a);
  }
  return result;
}
function join(shares, needed) {
  const used = shares.slice(-needed).map(([x, data]) => [BigInt(x), BigInt(`0x${data.toString("hex")}`)]);
  const sum = used.reduce((total, [x, y]) => total ^ used.reduce(
    (weight, [other]) => (other === x ? weight : times(weight, times(other, inverse(other ^ x)))), y), 0n);
  return Buffer.from(sum.toString(16).padStart(32, "0"), "hex");
}

// Section 11: time stamps, RFC 3161 in DER.
function elements(data) {
  const found = [];
  for (let at = 0; at < data.length;) {
    const from = at;
    const tag = data[at];
    let length = data[at + 1];
    at += 2;
    if (length > 127) {
      const size = length - 128;
      length = data.readUIntBE(at, size);
      at += size;
    }
    need(at + length <= data.length, "cut off");
    found.push({ tag, body: data.subarray(at, at + length), all: data.subarray(from, at + length) });
    at += length;
  }
  return found;
}
const inside = (element) => elements(element.body);
const DIGESTS = { "608648016503040201": "sha256", "608648016503040202": "sha384",
  "608648016503040203": "sha512" };
const digestName = (algorithm) => DIGESTS[inside(algorithm)[0].body.toString("hex")];
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const MESSAGE_DIGEST = "2a864886f70d010904";

function token(response) {
  const [status, content] = inside(elements(response)[0]);
  need(inside(status)[0].body.equals(Buffer.of(0)), "not granted");
  const signed = inside(inside(inside(content)[1])[0]);
  const info = inside(inside(signed[2])[1])[0].body;
  const [, , imprint, , time] = inside(elements(info)[0]);
  const certificates = signed.find(({ tag }) => tag === 0xa0);
  return { info, imprint: inside(imprint), time, signer: inside(signed.at(-1))[0],
    certificates: certificates ? inside(certificates).map(({ all }) => all) : [] };
}

function checkToken({ info, signer, certificates }, roots) {
  const parts = inside(signer);
  const attributes = parts.find(({ tag }) => tag === 0xa0);
  const at = parts.indexOf(attributes);
  const name = digestName(parts[at - 1]);
  const stated = inside(attributes).map(inside)
    .find(([kind]) => kind.body.toString("hex") === MESSAGE_DIGEST);
  need(inside(stated[1])[0].body.equals(hash(name, info)), "other content");
  const message = Buffer.from(attributes.all);
  message[0] = 0x31;
  const all = certificates.map((der) => new crypto.X509Certificate(der));
  const signature = parts[at + 2].body;
  const own = all.find((one) => one.keyUsage?.includes(TIME_STAMPING)
    && crypto.verify(name, message, one.publicKey, signature));
  need(own, "signature");
  const trusted = roots.map((root) => new crypto.X509Certificate(Buffer.from(root, "base64")));
  let top = own;
  for (let steps = 0; steps < all.length; steps += 1) {
    if (trusted.some((root) => top.verify(root.publicKey))) return;
    top = all.find((one) => one !== top && top.verify(one.publicKey)) ?? top;
  }
  need(false, "leads to no root");
}

// Section 12: the groups of the bucket table.
const ticket = (table, { nonce, salt }) =>
  hash("sha256", Buffer.from(table.seed, "hex"), nonce ?? salt).toString("hex").slice(0, 32);
function bucketSizes(table, count) {
  const groups = Math.max(1, Math.floor(count / table.k));
  const cut = (at) => Math.floor((count * at) / groups);
  let from = 0;
  const sizes = table.buckets.map((row) => {
    need(row.groups > 0, "no group");
    from += row.groups;
    return cut(from) - cut(from - row.groups);
  });
  need(from === groups, "groups");
  return sizes;
}

// What the marks of a motion count for (section 8).
function cells(motion, choices) {
  const names = motion.options.map((option) => option.option);
  const marks = choices[motion.motion] ?? [];
  const bad = marks.some((mark) => !names.includes(mark))
    || new Set(marks).size < marks.length || marks.length > motion.max_marks
    || (marks.includes("abstain") && marks.length > 1);
  return marks.length === 0 ? ["blank"] : bad ? ["invalid"] : marks;
}

function sumsOf(settings, ballots) {
  return Object.fromEntries(settings.motions.map((motion) => {
    const names = [...motion.options.map((option) => option.option), "blank", "invalid"];
    const sums = Object.fromEntries(names.map((name) => [name, [0, 0]]));
    for (const { choices, area } of ballots) {
      for (const name of cells(motion, choices)) {
        sums[name] = [sums[name][0] + 1, sums[name][1] + area];
      }
    }
    return [motion.motion, sums];
  }));
}

function partsOf({ options, blank, invalid }) {
  return { ...Object.fromEntries(options.map((o) => [o.option, o.votes])), blank, invalid };
}

// Section 6 and 7.
const LAW = {
  civil_code_278: {
    quorum: [2, 3, false, "total"],
    ordinary: [1, 2, true, "participating"],
    special: [3, 4, false, "participating"],
    items: ["maintenance_fund_raise", "rebuilding", "common_parts_use"],
  },
  property_law_76: {
    quorum: null,
    ordinary: [1, 2, true, "total"],
    special: [2, 3, false, "total"],
    items: ["maintenance_fund_use", "maintenance_fund_raise", "rebuilding"],
  },
};
const MEASURES = ["heads", "area"];

function verdict(rule, totals, participation, agreeing) {
  const checks = [];
  for (const [label, share, part] of [["quorum", rule.quorum, participation],
    ["majority", rule.majority, agreeing]]) {
    MEASURES.forEach((measure, at) => {
      if (share === null || !["heads_and_area", measure].includes(rule.measures)) return;
      const base = { total: totals, participating: participation }[share.base][at];
      const left = BigInt(part[at]) * BigInt(share.denominator);
      const right = BigInt(base) * BigInt(share.numerator);
      const met = base > 0 && (share.strict ? left > right : left >= right);
      checks.push({ key: `${label}_${measure}`, numerator: part[at], denominator: base, share, met });
    });
  }
  const carried = checks.every((check) => check.met);
  return { carried, rule, totals, participation, agreeing, checks };
}

function judge(motion, row, result) {
  const own = (votes) => verdict(motion.rule, result.totals, result.participation, votes);
  const { options, blank, invalid } = row;
  const judged = { motion: motion.motion, options, blank, invalid, verdict: null, standings: null };
  if (motion.seats === 0) {
    judged.verdict = own(options.find((option) => option.option === motion.agree).votes);
    return judged;
  }
  const order = motion.order.map((measure) => MEASURES.indexOf(measure));
  const compare = (a, b) => order.map((at) => b.votes[at] - a.votes[at]).find(Boolean) ?? 0;
  const all = options.filter(({ option }) => !["against", "abstain"].includes(option));
  const carried = all.filter((candidate) => own(candidate.votes).carried);
  const more = (rows, one) => rows.filter((other) => compare(other, one) < 0).length;
  const level = (rows, one) => rows.filter((other) => compare(other, one) === 0).length;
  const sorted = [...all].sort((a, b) => compare(a, b) || (a.option < b.option ? -1 : 1));
  judged.standings = sorted.map((one) => {
    const ahead = more(carried, one);
    let status = "not_elected";
    if (carried.includes(one) && ahead + level(carried, one) <= motion.seats) status = "elected";
    else if (carried.includes(one) && ahead < motion.seats) status = "tied";
    return { candidate: one.option, votes: one.votes, rank: 1 + more(all, one),
      shared: level(all, one) > 1, status, verdict: own(one.votes) };
  });
  return judged;
}

function recorder() {
  const outcome = {};
  const check = (name, run) => {
    try {
      run();
      outcome[name] = "ok";
    } catch (error) {
      outcome[name] = String(error.message);
    }
  };
  return { outcome, check };
}

function told(outcome) {
  console.log(JSON.stringify(outcome));
  return Object.values(outcome).every((value) => value === "ok") ? 0 : 1;
}

// Section 2: paths of RFC 9162, in its own words (§2.1.3.2 and §2.1.4.2).
const node = (name, left, right) => hash(name, Buffer.of(1), left, right);
const bytes = (rows) => rows.map((row) => Buffer.from(row, "hex"));

function rootOfPath(name, leaf, index, size, path) {
  need(index >= 0 && index < size, "index");
  let [fn, sn, r] = [index, size - 1, Buffer.from(leaf, "hex")];
  for (const p of bytes(path)) {
    need(sn !== 0, "path too long");
    if (fn % 2 === 1 || fn === sn) {
      r = node(name, p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      r = node(name, r, p);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  need(sn === 0, "path too short");
  return r.toString("hex");
}

function checkGrown(name, [old, size], path, [before, after]) {
  need(old > 0 && old <= size, "sizes");
  if (old === size) {
    need(path.length === 0 && before === after, "another tree of the same size");
    return;
  }
  const nodes = bytes(path);
  if (Number.isInteger(Math.log2(old))) nodes.unshift(Buffer.from(before, "hex"));
  need(nodes.length > 0, "path too short");
  let [fn, sn] = [old - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [nodes[0], nodes[0]];
  for (const c of nodes.slice(1)) {
    need(sn !== 0, "path too long");
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(name, c, fr), node(name, c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      sr = node(name, sr, c);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  need(sn === 0 && fr.toString("hex") === before && sr.toString("hex") === after, "not contained");
}

const isArchive = (data) => data.toString("latin1", 0, 2) === "PK";

// Section 9: a voucher alone, against a later head or against a package.
function voucherMain(path, against) {
  const { outcome, check } = recorder();
  let voucher = null;
  check("form", () => {
    const found = parse("voucher", fs.readFileSync(path));
    need(found.type === "voucher", "no voucher");
    voucher = found;
  });
  if (voucher === null) return told(outcome);
  const keys = () => new Map(voucher.keys.map((key) => [key.key, key]));
  check("seal", () => checkSignature(voucher, keys()));
  check("certificate", () => checkKeys(voucher.keys, voucher.log, []));
  check("promise", () => {
    const { promise } = voucher;
    need(promise.type === "cast-promise" && promise.log === voucher.log, "promise");
    need(same(promise.leaf, voucher.leaf), "leaf");
    checkSignature(promise, keys());
  });
  const { head, inclusion } = voucher;
  if (head !== null) check("heads", () => checkSignature(head, keys()));
  if (head !== null && inclusion !== null) {
    check("inclusion", () => {
      need(head.type === "log-head" && head.log === voucher.log, "head");
      for (const name of TREES) {
        const { index } = inclusion;
        const found = rootOfPath(name, voucher.leaf[name], index, head.size, inclusion[name]);
        need(found === head[`root_${name}`], `${name} path`);
      }
    });
  }
  if (against) {
    const data = fs.readFileSync(against);
    // Without a head there is nothing yet that a later head could contain.
    if (head !== null || isArchive(data)) {
      check("consistency", () => checkAgainst(voucher, keys(), data));
    }
  }
  return told(outcome);
}

function checkAgainst(voucher, keys, data) {
  const { head, inclusion } = voucher;
  if (!isArchive(data)) {
    const proof = parse("proof", data);
    need(proof.type === "log-proof" && proof.head.log === voucher.log, "other log");
    for (const name of TREES) {
      const roots = [head[`root_${name}`], proof.head[`root_${name}`]];
      checkGrown(name, [head.size, proof.head.size], proof[name], roots);
    }
    checkSignature(proof.head, keys);
    return;
  }
  for (const [name, text] of Object.entries(verified(data))) need(text === "ok", `package ${name}`);
  const files = unpack(data);
  const log = parse("log/leaves.json", files.get("log/leaves.json"));
  need(log.log === voucher.log, "other log");
  const issuers = new Set([...keys.values()].map((key) => key.certificate.key));
  const sealed = parse("keys.json", files.get("keys.json")).keys;
  need(sealed.every((key) => issuers.has(key.certificate.key)), "other site");
  const index = inclusion === null ? log.sha256.indexOf(voucher.leaf.sha256) : inclusion.index;
  for (const name of TREES) {
    need(index >= 0 && log[name][index] === voucher.leaf[name], `leaf ${index}`);
    if (inclusion === null) continue;
    const found = root(name, bytes(log[name]), 0, head.size).toString("hex");
    need(head.size <= log.size && found === head[`root_${name}`], `root of ${head.size}`);
  }
  const last = [...files.keys()].filter((name) => /^records.*-result\.json$/.test(name)).sort().at(-1);
  const { excluded } = parse(last, files.get(last));
  if (excluded.some((row) => row.index === index)) return;
  if (!files.has("buckets.json") || !("lot" in voucher)) return;
  const table = parse("buckets.json", files.get("buckets.json"));
  const own = ticket(table, { nonce: voucher.lot });
  need(table.buckets.some((row) => row.tickets.includes(own)), "in no bucket");
}

const main = (path) => told(verified(fs.readFileSync(path)));

function verified(archive) {
  const { outcome, check } = recorder();
  let files = new Map();
  check("container", () => {
    files = unpack(archive);
    need(pack(files).equals(archive), "another byte form");
  });
  const load = (name) => {
    need(files.has(name), `${name} missing`);
    return parse(name, files.get(name));
  };
  const lines = (name) => files.get(name).toString("latin1").split("\n").slice(0, -1)
    .map((line) => Buffer.from(line, "latin1"));
  const records = [...files.keys()].filter((name) => name.startsWith("records/")).sort();
  const indexesOf = (kind) =>
    records.filter((name) => name.slice(17, -5) === kind).map((name) => Number(name.slice(8, 16)));
  const newest = (kind) => {
    const name = records.filter((record) => record.slice(17, -5) === kind).at(-1);
    return { index: Number(name.slice(8, 16)), ...load(name) };
  };
  const sum = (rows, value) => rows.reduce((total, row) => total + value(row), 0);
  const full = files.has("ballots/envelopes.jsonl");

  check("manifest", () => {
    const manifest = load("manifest.json");
    const names = [...manifest.files.map((file) => file.name), "manifest.json", "seal.json"];
    need(same(names.sort(), [...files.keys()].sort()), "names differ");
    const level = full ? "P2" : files.has("owners.json") ? "P1" : "P0";
    need(manifest.level === level, "level");
    for (const file of manifest.files) {
      const data = files.get(file.name);
      need(data.length === file.size, file.name);
      for (const name of TREES) need(digest(name, data) === file[name], file.name);
    }
  });
  const TYPES = { "manifest.json": "package-manifest", "seal.json": "package-seal",
    "keys.json": "public-keys", "log/leaves.json": "log-leaves", "log/heads.json": "log-heads",
    "release.json": "key-releases", "buckets.json": "bucket-table",
    "stamps.json": "time-stamps", "owners.json": "owners-part", "rows.json": "ballot-rows",
    "participation.json": "participation-list", "documents.json": "documents" };
  check("form", () => {
    for (const name of files.keys()) {
      if (!name.endsWith(".json") || name.startsWith("documents/")) continue;
      const kind = name.startsWith("records/") ? name.slice(17, -5) : TYPES[name];
      const content = load(name);
      need(!kind || (content.type === kind && content.v === 1), `${name}: type`);
    }
  });
  const keys = () => new Map(load("keys.json").keys.map((key) => [key.key, key]));
  check("seal", () => {
    const seal = load("seal.json");
    const data = files.get("manifest.json");
    for (const name of TREES) need(seal.manifest.includes(digest(name, data)), "other manifest");
    checkSignature(seal, keys());
  });
  check("certificate", () => {
    checkKeys(load("keys.json").keys, load("manifest.json").log, load("log/heads.json").heads);
  });
  let withheld = [];
  check("log", () => {
    const log = load("log/leaves.json");
    const { heads } = load("log/heads.json");
    need(log.log === load("manifest.json").log, "log");
    heads.reduce((a, b) => (need(a.size <= b.size && a.time <= b.time, "heads fall"), b));
    need(heads.at(-1).size === log.size, "last head");
    for (const name of TREES) {
      const leaves = log[name].map((leaf) => Buffer.from(leaf, "hex"));
      need(leaves.length === log.size, "leaves");
      for (const head of heads) {
        const found = root(name, leaves, 0, head.size).toString("hex");
        need(found === head[`root_${name}`], `root of ${head.size}`);
      }
    }
  });
  check("heads", () => {
    for (const head of load("log/heads.json").heads) {
      need(head.type === "log-head" && head.log === load("log/leaves.json").log, "other log");
      checkSignature(head, keys());
    }
  });
  check("records", () => {
    const log = load("log/leaves.json");
    const indexes = new Set(records.map((name) => Number(name.slice(8, 16))));
    withheld = [...log.sha256.keys()].filter((index) => !indexes.has(index));
    for (const file of records) {
      for (const name of TREES) {
        const leaf = leafHash(name, files.get(file)).toString("hex");
        need(leaf === log[name][Number(file.slice(8, 16))], file);
      }
    }
    need(withheld.length === log.withheld && indexes.size === records.length, "withheld");
  });
  check("order", () => {
    const [settings, roll, result] = ["meeting-settings", "roll-commitment", "result"].map(newest);
    const { meeting } = load("manifest.json");
    need([settings, roll, result].every((record) => record.meeting === meeting), "meeting");
    need(Math.max(settings.index, roll.index) < (withheld[0] ?? Infinity), "early records");
    need(result.index > (withheld.at(-1) ?? -1), "result");
    const [joins, releases] = ["joined-units", "keys-released"].map(indexesOf);
    need(joins.length === 0 || joins.at(-1) < releases[0], "joined after release");
  });
  if (files.has("profile.json")) {
    check("profile", () => {
      const [name] = newest("meeting-settings").profile.digest.split(":");
      const settings = newest("meeting-settings");
      need(digest(name, files.get("profile.json")) === settings.profile.digest, "");
      if ("figures_while_voting" in settings) {
        need(settings.mode === "recorded" && settings.figures_while_voting.step > 0, "figures");
        need(same(settings.sealing.groups.map((one) => one.group), ["server"]), "trustees");
      }
    });
  }
  check("thresholds", () => {
    for (const { rule } of newest("meeting-settings").motions) {
      const law = LAW[rule.rule];
      if (!law) continue;
      const flat = (share) => share && [share.numerator, share.denominator, share.strict, share.base];
      const category = law.items.includes(rule.item) ? "special" : "ordinary";
      need(rule.category === category && rule.measures === "heads_and_area", "category");
      need(same(flat(rule.quorum), law.quorum) && same(flat(rule.majority), law[category]), "share");
    }
  });
  check("deadlines", () => {
    for (const row of [...newest("meeting-settings").deadlines, ...newest("result").deadlines]) {
      const late = row.relation === "not_after";
      need(late || row.relation === "not_before", "relation");
      const met = late ? row.actual <= row.limit : row.actual >= row.limit;
      need(row.met === (row.actual === null ? null : met), row.name);
    }
  });
  check("channels", () => {
    const { channels, excluded, participation } = newest("result");
    const cast = sum(channels, (row) => row.ballots);
    const counted = sum(channels, (row) => row.counted);
    need(cast === withheld.length && cast - counted === excluded.length, "ballots");
    need(counted === participation[0], "counted");
    need(same([0, 1].map((at) => sum(channels, (row) => row.votes[at])), participation), "votes");
  });
  const sound = (motions) => {
    need(new Set(motions.map((one) => one.motion)).size === motions.length, "motion twice");
    need(motions.every((one) => one.options.length <= 500), "too many options");
  };
  check("sums", () => {
    const [settings, roll, result] = ["meeting-settings", "roll-commitment", "result"].map(newest);
    need(same(result.totals, [roll.heads, roll.area]), "totals");
    need(settings.motions.length === result.motions.length, "motions");
    sound(settings.motions);
    settings.motions.forEach((motion, position) => {
      const { options, blank, invalid } = result.motions[position];
      need(same(motion.options.map((o) => o.option), options.map((o) => o.option)), "options");
      for (const at of [0, 1]) {
        const votes = options.map((option) => option.votes[at]);
        const rest = result.participation[at] - blank[at] - invalid[at];
        need(result.participation[at] <= result.totals[at], "participation");
        need(Math.min(...votes, blank[at], invalid[at], rest) >= 0, "negative");
        const all = sum(votes, (vote) => vote);
        need(motion.max_marks === 1 ? all === rest
          : Math.max(...votes) <= rest && all <= motion.max_marks * rest, "do not add up");
      }
    });
  });
  check("result", () => {
    const [settings, result] = ["meeting-settings", "result"].map(newest);
    sound(settings.motions);
    settings.motions.forEach((motion, at) => {
      need(same(judge(motion, result.motions[at], result), result.motions[at]), motion.motion);
    });
  });
  const left = () => new Set(newest("result").excluded.map((row) => row.index));
  const secret = () => {
    const { mode } = newest("meeting-settings");
    need(["recorded", "secret"].includes(mode), "mode");
    return mode === "secret";
  };
  if (files.has("buckets.json")) {
    check("buckets", () => {
      need(!secret(), "sums only");
      const table = load("buckets.json");
      const leaves = load("log/leaves.json").sha256.map((leaf) => Buffer.from(leaf, "hex"));
      const last = (withheld.at(-1) ?? -1) + 1;
      need(root("sha256", leaves, 0, last).toString("hex") === table.seed, "seed");
      const counted = withheld.filter((index) => !left().has(index));
      const sizes = bucketSizes(table, counted.length);
      table.buckets.forEach((row, at) => {
        need(row.ballots === sizes[at] && row.ballots >= table.k, `bucket ${row.bucket}`);
        need(row.tickets.length === sizes[at], `tickets of bucket ${row.bucket}`);
      });
      const tickets = table.buckets.flatMap((row) => row.tickets);
      need(same(tickets, [...tickets].sort()), "order of tickets");
      for (const motion of newest("result").motions) {
        for (const [name, votes] of Object.entries(partsOf(motion))) {
          const added = [0, 1].map((at) =>
            sum(table.buckets, (row) => row.motions[motion.motion][name][at]));
          need(same(added, votes), `${motion.motion} ${name}`);
        }
      }
    });
  }
  if (files.has("stamps.json")) {
    const heads = () => load("log/heads.json").heads;
    check("stamps", () => {
      for (const row of load("stamps.json").stamps) {
        const { imprint, time } = token(Buffer.from(row.response, "base64"));
        const expected = hash("sha256", canonical(heads()[row.head]));
        need(digestName(imprint[0]) === "sha256" && imprint[1].body.equals(expected), "imprint");
        need(time.tag === 0x18, "time");
      }
    });
    check("stamp_seals", () => {
      const record = load("stamps.json");
      for (const row of record.stamps) {
        const found = token(Buffer.from(row.response, "base64"));
        need(found.imprint[1].body.equals(hash("sha256", canonical(heads()[row.head]))), "imprint");
        checkToken(found, record.roots);
      }
    });
  }
  if (files.has("rows.json")) {
    check("rows", () => {
      need(!secret(), "sums only");
      const { rows } = load("rows.json");
      need(load("owners.json").rows === true, "owners.json");
      const sums = sumsOf(newest("meeting-settings"), rows);
      for (const motion of newest("result").motions) {
        need(same(sums[motion.motion], partsOf(motion)), motion.motion);
      }
      need(rows.length === newest("result").participation[0], "ballots");
    });
  }
  if (files.has("participation.json")) {
    check("participation", () => {
      const { units } = load("participation.json");
      const [roll, result] = ["roll-commitment", "result"].map(newest);
      need(load("owners.json").participation === true, "owners.json");
      need(units.length === roll.units && sum(units, (row) => row.area) === roll.area, "units");
      const voted = units.filter((row) => row.voted);
      need(sum(voted, (row) => row.area) === result.participation[1], "area");
    });
  }
  if (files.has("documents.json")) {
    check("documents", () => {
      const { documents } = load("documents.json");
      const names = [...files.keys()].filter((name) => name.startsWith("documents/")).sort();
      need(same(documents.map((row) => row.name).sort(), names), "names");
      for (const row of documents) {
        for (const name of TREES) need(digest(name, files.get(row.name)) === row[name], row.name);
      }
      const known = new Set(documents.map((row) => row.sha256));
      const { notices } = newest("meeting-settings");
      need(notices.every((notice) => known.has(notice.digest)), "notice");
      const roll = newest("roll-commitment");
      for (const { kind, name } of documents) {
        if (kind !== "roster_handover") continue;
        const receipt = load(name);
        need(TREES.every((tree) => receipt[`root_${tree}`] === roll[`root_${tree}`]), "roster");
      }
    });
  }
  if (full) checkFull();
  const paperVoted = () => {
    if (records.some((name) => name.endsWith("-paper-reconciliation.json"))) return true;
    try {
      return newest("result").channels.some((row) => row.channel === "paper");
    } catch {
      return true;
    }
  };
  if (paperVoted()) check("paper", checkPaper);
  return outcome;

  // Section 15: paper ballots.
  function openPaper(leaf, opening) {
    const { meeting, serial, units, right_salt: salt } = opening;
    const fits = (record, given) => {
      const [name] = given.split(":");
      return digest(name, canonical(record)) === given;
    };
    need(opening.type === "paper-opening" && opening.channel === "paper", "no paper opening");
    need(meeting === leaf.meeting && serial === leaf.serial, "other ballot");
    need(fits(opening, leaf.ballot), `paper ballot ${serial}`);
    need(fits({ type: "paper-right", v: 1, meeting, serial, units, salt }, leaf.right), "right");
  }

  function checkPaper() {
    const [sums, result] = ["paper-reconciliation", "result"].map(newest);
    const n = sums.numbers;
    need(Object.values(n).every((number) => number >= 0), "negative");
    for (const [name, ...parts] of [["printed", "issued", "stock", "spoiled_stock"],
      ["issued", "returned", "unreturned", "spoiled"], ["box_count", "returned", "foreign"],
      ["stock_count", "stock"], ["spoiled_count", "spoiled", "spoiled_stock"],
      ["returned", "valid", "invalid"], ["disputed"]]) {
      need(n[name] === sum(parts, (part) => n[part]), name);
    }
    const reasons = new Map(result.excluded.map((row) => [row.index, row.reason]));
    const corrected = [...reasons.values()].filter((reason) => reason === "corrected").length;
    const rows = result.channels.filter((row) => row.channel === "paper");
    need(sum(rows, (row) => row.ballots) === n.returned + corrected, "channel");
    if (n.returned > 0) checkAudit(n.returned, sums.index, result.index);
    if (!full) return;
    const leaves = lines("ballots/envelopes.jsonl").map((line) => JSON.parse(utf8.decode(line)));
    const newestOf = new Map();
    leaves.forEach(({ type, serial }, at) => {
      if (type !== "paper-ballot") return;
      const before = newestOf.get(serial);
      need(before === undefined || reasons.get(before) === "corrected", "twice");
      newestOf.set(serial, withheld[at]);
    });
    need(newestOf.size === n.returned, "returned");
    need([...newestOf.values()].every((at) => reasons.get(at) !== "corrected"), "uncorrected");
    const read = (name) => lines(name).map((line) => JSON.parse(utf8.decode(line)));
    const head = new Map(read("roll.jsonl").map((entry) => [entry.unit, entry.head]));
    const said = read("ballots/openings.jsonl");
    const counted = said.filter((_, at) => !reasons.has(withheld[at]));
    said.forEach(({ type, invalid, units }, at) => {
      const reason = reasons.get(withheld[at]);
      if (type !== "paper-opening" || reason === "corrected") return;
      need((invalid !== "") === (reason === "invalid_paper"), "invalid");
      if (reason !== "superseded") return;
      const others = counted.filter((one) => head.get(one.units[0]) === head.get(units[0]));
      need(others.some(({ channel }) => channel !== "paper"), "instead");
    });
  }

  function checkAudit(returned, after, before) {
    const [drawn, audit] = ["paper-sample", "paper-audit"].map(newest);
    need(after < drawn.index && drawn.index < audit.index && audit.index < before, "order");
    const { seed, population, sample } = drawn;
    need(population === returned && /^[0-9]{20,60}$/.test(seed), "seed");
    const tickets = [...Array(population).keys()]
      .map((at) => [hash("sha256", `${seed}:${at}`).toString("hex"), at]).sort();
    need(same(sample, tickets.slice(0, sample.length).map(([, at]) => at)), "sample");
    const wrong = Math.max(1, Math.ceil(population / 100));
    let [missed, all] = [1n, 1n];
    sample.forEach((_, at) => {
      missed *= BigInt(Math.max(0, population - wrong - at));
      all *= BigInt(population - at);
    });
    const permille = Number((1000n * (all - missed)) / all);
    need(audit.wrong === wrong && audit.found_permille === permille && permille >= 950, "chance");
    need(audit.compared === sample.length, "compared");
    need(audit.differences >= 0 && audit.differences <= sample.length, "differences");
    need(audit.differences === 0 || sample.length === population, "not every ballot compared");
  }

  function checkFull() {
    let counted = null;
    const rows = (name) => lines(name).map((line) => parse(name, line));
    check("ballots", () => {
      const envelopes = lines("ballots/envelopes.jsonl");
      need(envelopes.length === withheld.length, "number");
      envelopes.forEach((leaf, at) => {
        for (const name of TREES) {
          const expected = load("log/leaves.json")[name][withheld[at]];
          need(leafHash(name, leaf).toString("hex") === expected, `leaf ${withheld[at]}`);
        }
      });
    });
    // Section 17: units that joined a ballot later.
    const joinFile = "ballots/joins.jsonl";
    const joinLines = () => (files.has(joinFile) ? rows(joinFile) : []);
    const checkJoins = () => {
      const named = (kind) => records.filter((name) => name.slice(17, -5) === kind);
      const leaves = named("joined-units");
      need(joinLines().length === leaves.length, "joins");
      if (leaves.length === 0) return;
      const { opens_at: opens, closes_at: ends, mode } = newest("meeting-settings");
      need(load("profile.json").multi_unit.value === "one_ballot_one_head_autojoin", "no joining");
      need(mode === "recorded", "secret");
      const closes = named("voting-extended").map((name) => load(name).to).at(-1) ?? ends;
      joinLines().forEach((line, at) => {
        const leaf = load(leaves[at]);
        const [name] = leaf.join.split(":");
        need(digest(name, canonical(line)) === leaf.join, `join ${at}`);
        need(line.type === "join-opening" && line.meeting === leaf.meeting, "other join");
        need(withheld.includes(line.ballot), "no ballot");
        need(line.ballot < Number(leaves[at].slice(8, 16)), "later ballot");
        need(line.at >= opens && line.at < closes && line.units.length > 0, "not open");
      });
    };
    // The private keys that open the ballots, by key id.
    const released = () => {
      const { groups, needed } = newest("meeting-settings").sealing;
      const publics = new Map(groups.flatMap((group) => group.keys).map((k) => [k.key, k.public]));
      const found = new Map();
      need(groups.flatMap((group) => group.keys).length <= 100, "too many keys");
      for (const row of load("release.json").releases) {
        const d = Buffer.from(row.private, "hex");
        const der = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), d]);
        const pair = crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
        const { x } = crypto.createPublicKey(pair).export({ format: "jwk" });
        const raw = Buffer.from(x, "base64url");
        need(!found.has(row.key) && publics.get(row.key) === raw.toString("hex"), "other key");
        found.set(row.key, [d, raw]);
      }
      const full = groups.filter((g) => g.keys.filter((k) => found.has(k.key)).length >= g.needed);
      need(full.length >= needed, "too few keys");
      return found;
    };
    check("release", () => {
      const logged = newest("keys-released");
      const [name] = logged.release.split(":");
      need(digest(name, files.get("release.json")) === logged.release, "digest");
      need(same(logged.keys, load("release.json").releases.map((row) => row.key)), "keys");
      const [first] = indexesOf("keys-released");
      rows("ballots/envelopes.jsonl").forEach(({ type }, at) => {
        need(type === "paper-ballot" || !(withheld[at] > first), "ballot after release");
      });
      released();
    });
    check("openings", () => {
      const openings = lines("ballots/openings.jsonl");
      const { sealing, profile: { digest: profile } } = newest("meeting-settings");
      const privates = released();
      rows("ballots/envelopes.jsonl").forEach((envelope, at) => {
        if (envelope.type === "paper-ballot") {
          openPaper(envelope, parse("opening", openings[at]));
          return;
        }
        const { meeting, ballot, recipients } = envelope;
        const bound = (type, more) => Buffer.from(
          canonical({ type, v: 1, meeting, ballot, profile, ...more }));
        let place = 0;
        const parts = sealing.groups.map((group, g) => {
          const shares = group.keys.map(({ key }, p) => {
            need(recipients[place].key === key, "recipient");
            const sealed = Buffer.from(recipients[place].sealed, "base64");
            place += 1;
            if (!privates.has(key)) return null;
            const info = bound("ballot-share", { group: g + 1, person: p + 1 });
            return [p + 1, open(sealed, ...privates.get(key), info)];
          }).filter(Boolean);
          return shares.length < group.needed ? null : [g + 1, join(shares, group.needed)];
        }).filter(Boolean);
        need(place === recipients.length, "recipients");
        const secret = join(parts, sealing.needed);
        const committed = bound("ballot-key", { key: secret.toString("hex") });
        need(hash("sha256", committed).toString("hex") === envelope.commitment, "commitment");
        const raw = Buffer.from(envelope.sealed, "base64");
        need(envelope.suite === sealing.suite, "suite");
        const plain = SUITES[sealing.suite](secret, raw.subarray(0, 12), raw.subarray(12, -16),
          raw.subarray(-16), bound("ballot-seal", {}));
        need(utf8.decode(plain).trimEnd() === utf8.decode(openings[at]), `ballot ${at}`);
      });
      checkJoins();
    });
    check("roll", () => {
      const roll = newest("roll-commitment");
      const entries = rows("roll.jsonl");
      for (const name of TREES) {
        const leaves = lines("roll.jsonl").map((line) => leafHash(name, line));
        need(root(name, leaves).toString("hex") === roll[`root_${name}`], "root");
      }
      need(new Set(entries.map((entry) => entry.unit)).size === roll.units, "units");
      need(new Set(entries.map((entry) => entry.head)).size === roll.heads, "heads");
      need(sum(entries, (entry) => entry.area) === roll.area, "area");
    });
    const roll = new Map();
    check("one_vote", () => {
      for (const entry of rows("roll.jsonl")) roll.set(entry.unit, entry);
      const excluded = new Set(newest("result").excluded.map((row) => row.index));
      const openings = rows("ballots/openings.jsonl");
      need(openings.length === withheld.length, "number");
      if (secret()) {
        need(excluded.size === 0, "excluded");
        need(openings.every((one) => one.weight[0] === 1 && !("units" in one)), "no secret ballot");
        need(new Set(openings.map((one) => one.tracker)).size === openings.length, "tracker twice");
        counted = openings;
        return;
      }
      for (const line of joinLines()) {
        const ballot = openings[withheld.indexOf(line.ballot)];
        ballot.units = [...ballot.units, ...line.units];
      }
      const chosen = openings.filter((_, at) => !excluded.has(withheld[at]));
      const units = chosen.flatMap((ballot) => ballot.units);
      need(new Set(units).size === units.length && units.every((unit) => roll.has(unit)), "units");
      const heads = chosen.map((ballot) => new Set(ballot.units.map((unit) => roll.get(unit).head)));
      need(heads.every((set) => set.size === 1), "one owner per ballot");
      need(new Set(heads.flatMap((set) => [...set])).size === heads.length, "owner twice");
      counted = chosen;
    });
    if (counted === null) return;
    check("recount", () => {
      const result = newest("result");
      const weigh = (ballots) => [ballots.length, sum(ballots, (ballot) => (secret()
        ? ballot.weight[1] : sum(ballot.units, (unit) => roll.get(unit).area)))];
      need(same(weigh(counted), result.participation), "participation");
      for (const row of result.channels) {
        const votes = weigh(counted.filter((ballot) => ballot.channel === row.channel));
        need(same(votes, row.votes), "channel");
      }
      newest("meeting-settings").motions.forEach((motion, at) => {
        const names = motion.options.map((option) => option.option);
        const kind = ({ choices }) => {
          const marks = choices[motion.motion] ?? [];
          const bad = marks.some((mark) => !names.includes(mark))
            || new Set(marks).size < marks.length || marks.length > motion.max_marks
            || (marks.includes("abstain") && marks.length > 1);
          return marks.length === 0 ? ["\0blank"] : bad ? ["\0invalid"] : marks;
        };
        const count = (name) => weigh(counted.filter((ballot) => kind(ballot).includes(name)));
        const row = result.motions[at];
        need(same(count("\0blank"), row.blank) && same(count("\0invalid"), row.invalid), "blank");
        for (const { option, votes } of row.options) need(same(count(option), votes), option);
      });
    });
    if (files.has("buckets.json")) {
      check("bucket_ballots", () => {
        const table = load("buckets.json");
        const weigh = (ballot) => sum(ballot.units, (unit) => roll.get(unit).area);
        const drawn = counted.map((ballot) => [ticket(table, ballot), ballot]);
        drawn.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
        need(drawn.length === sum(table.buckets, (row) => row.ballots), "ballots");
        table.buckets.forEach((row) => {
          const part = drawn.splice(0, row.ballots);
          need(same(part.map(([own]) => own), row.tickets), `tickets of bucket ${row.bucket}`);
          const own = part.map(([, ballot]) => ballot);
          const weighed = own.map((one) => ({ choices: one.choices, area: weigh(one) }));
          need(same(sumsOf(newest("meeting-settings"), weighed), row.motions), `bucket ${row.bucket}`);
        });
      });
    }
    check("units", () => {
      if (secret()) {
        const marks = rows("units.jsonl");
        need(same(marks, [...roll.values()].map(({ unit, head, area }, at) => (
          { type: "unit-mark", v: 1, unit, head, area, voted: Boolean(marks[at].voted) }))), "marks");
        const weights = new Map();
        for (const { head, area, voted } of marks) {
          if (voted) weights.set(head, (weights.get(head) ?? 0) + area);
        }
        const order = (list) => [...list].sort((a, b) => a - b);
        need(same(order(weights.values()), order(counted.map((one) => one.weight[1]))), "weights");
        return;
      }
      const ballots = new Map();
      for (const ballot of counted) for (const unit of ballot.units) ballots.set(unit, ballot);
      const expected = [...roll.values()].map(({ unit, head, area }) => {
        const { channel = null, choices = null } = ballots.get(unit) ?? {};
        return { type: "unit-result", v: 1, unit, head, area, channel, choices };
      });
      need(same(rows("units.jsonl"), expected), "table");
    });
  }
}

// PACKAGE.zip… or VOUCHER.json…; after `+` in its name the proof or package a voucher is held against.
const run = (name) => (name.includes(".json") ? voucherMain(...name.split("+")) : main(name));
process.exit(Math.max(...process.argv.slice(2).map(run)));
