//! Digests and HMAC by OpenSSL's names, over the RustCrypto implementations.

use super::keccak_sponges::{KMAC_END, Kangaroo, Sponge};
use digest::{Digest as _, DynDigest, ExtendableOutput, Update, XofReader};

/// Canonical names, each with what else it is called. Comparisons ignore case.
static NAMES: &[(&str, &[&str])] = &[
    ("md5", &["RSA-MD5", "md5WithRSAEncryption", "ssl3-md5"]),
    ("md5-sha1", &[]),
    ("ripemd160", &["RSA-RIPEMD160", "ripemd", "ripemd-160", "ripemd160WithRSA", "rmd160"]),
    ("sha1", &["RSA-SHA1", "RSA-SHA1-2", "sha1WithRSAEncryption", "ssl3-sha1", "sha-1"]),
    ("sha224", &["RSA-SHA224", "sha224WithRSAEncryption", "sha-224", "sha2-224"]),
    ("sha256", &["RSA-SHA256", "sha256WithRSAEncryption", "sha-256", "sha2-256"]),
    ("sha256-192", &["sha-256/192", "sha2-256/192"]),
    ("sha384", &["RSA-SHA384", "sha384WithRSAEncryption", "sha-384", "sha2-384"]),
    ("sha512", &["RSA-SHA512", "sha512WithRSAEncryption", "sha-512", "sha2-512"]),
    ("sha512-224", &["RSA-SHA512/224", "sha512-224WithRSAEncryption", "sha-512/224", "sha2-512/224"]),
    ("sha512-256", &["RSA-SHA512/256", "sha512-256WithRSAEncryption", "sha-512/256", "sha2-512/256"]),
    ("sha3-224", &["RSA-SHA3-224", "id-rsassa-pkcs1-v1_5-with-sha3-224"]),
    ("sha3-256", &["RSA-SHA3-256", "id-rsassa-pkcs1-v1_5-with-sha3-256"]),
    ("sha3-384", &["RSA-SHA3-384", "id-rsassa-pkcs1-v1_5-with-sha3-384"]),
    ("sha3-512", &["RSA-SHA3-512", "id-rsassa-pkcs1-v1_5-with-sha3-512"]),
    ("keccak-224", &[]),
    ("keccak-256", &[]),
    ("keccak-384", &[]),
    ("keccak-512", &[]),
    ("blake2b512", &["blake2b-512"]),
    ("blake2s256", &["blake2s-256"]),
    ("shake128", &["shake-128"]),
    ("shake256", &["shake-256"]),
    ("keccak-kmac-128", &["keccak-kmac128"]),
    ("keccak-kmac-256", &["keccak-kmac256"]),
    ("sm3", &["RSA-SM3", "sm3WithRSAEncryption"]),
];

/// The digest that `name` means.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    // js/ passes canonical names on; those are found without looking at the others.
    if let Some((own, _)) = NAMES.iter().find(|(own, _)| *own == name) {
        return Some(own);
    }
    NAMES
        .iter()
        .find(|(own, others)| {
            own.eq_ignore_ascii_case(name) || others.iter().any(|other| other.eq_ignore_ascii_case(name))
        })
        .map(|(own, _)| *own)
}

/// Every name that `crypto.getHashes()` lists, sorted.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> =
        NAMES.iter().flat_map(|(own, others)| std::iter::once(*own).chain(others.iter().copied())).collect();
    names.sort_unstable();
    names
}

/// MD5 and SHA-1 side by side, as TLS before 1.2 had them.
#[derive(Clone, Default)]
struct Md5Sha1 {
    md5: md5::Md5,
    sha1: sha1::Sha1,
}

impl Md5Sha1 {
    fn finish(self) -> Vec<u8> {
        let mut bytes = self.md5.finalize().to_vec();
        bytes.extend_from_slice(&self.sha1.finalize());
        bytes
    }
}

/// A digest under way.
#[derive(Clone)]
enum State {
    Fixed(Box<dyn DynDigest>),
    /// The first bytes of another digest, as many as the second number says.
    Cut(Box<dyn DynDigest>, usize),
    Md5Sha1(Box<Md5Sha1>),
    CShake128(Box<sha3::CShake128>),
    CShake256(Box<sha3::CShake256>),
    Shake128(sha3::Shake128),
    Shake256(sha3::Shake256),
    /// With the last byte of the message.
    Sponge(Box<Sponge>, u8),
    Kangaroo(Box<Kangaroo>),
}

/// A digest under way, and how long its result will be.
#[derive(Clone)]
pub(super) struct Hash {
    state: State,
    /// Bytes of the result.
    length: usize,
    /// What `length` is unless another one was asked for.
    own_length: usize,
}

/// Why a digest could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsupported {
    /// There is no digest of that name.
    Name,
    /// The digest's length is fixed, and not the one asked for.
    Length,
}

fn state(name: &str) -> Option<(State, usize)> {
    fn fixed(digest: impl DynDigest + 'static) -> State {
        State::Fixed(Box::new(digest))
    }
    let state = match canonical(name)? {
        "md5" => fixed(md5::Md5::new()),
        "md5-sha1" => State::Md5Sha1(Box::default()),
        "sha256-192" => State::Cut(Box::new(sha2::Sha256::new()), 24),
        "keccak-224" => fixed(sha3::Keccak224::new()),
        "keccak-256" => fixed(sha3::Keccak256::new()),
        "keccak-384" => fixed(sha3::Keccak384::new()),
        "keccak-512" => fixed(sha3::Keccak512::new()),
        "ripemd160" => fixed(ripemd::Ripemd160::new()),
        "sha1" => fixed(sha1::Sha1::new()),
        "sha224" => fixed(sha2::Sha224::new()),
        "sha256" => fixed(sha2::Sha256::new()),
        "sha384" => fixed(sha2::Sha384::new()),
        "sha512" => fixed(sha2::Sha512::new()),
        "sha512-224" => fixed(sha2::Sha512_224::new()),
        "sha512-256" => fixed(sha2::Sha512_256::new()),
        "sha3-224" => fixed(sha3::Sha3_224::new()),
        "sha3-256" => fixed(sha3::Sha3_256::new()),
        "sha3-384" => fixed(sha3::Sha3_384::new()),
        "sha3-512" => fixed(sha3::Sha3_512::new()),
        "blake2b512" => fixed(blake2::Blake2b512::new()),
        "blake2s256" => fixed(blake2::Blake2s256::new()),
        // OpenSSL's default lengths.
        "shake128" => return Some((State::Shake128(sha3::Shake128::default()), 16)),
        "shake256" => return Some((State::Shake256(sha3::Shake256::default()), 32)),
        "keccak-kmac-128" => return Some((State::Sponge(Box::new(Sponge::kmac(168)), KMAC_END), 32)),
        "keccak-kmac-256" => return Some((State::Sponge(Box::new(Sponge::kmac(136)), KMAC_END), 64)),
        "sm3" => fixed(sm3::Sm3::new()),
        _ => return None,
    };
    let length = match &state {
        State::Fixed(digest) => digest.output_size(),
        State::Cut(_, length) => *length,
        State::Md5Sha1(_) => 36,
        State::Shake128(_)
        | State::Shake256(_)
        | State::CShake128(_)
        | State::CShake256(_)
        | State::Sponge(..)
        | State::Kangaroo(_) => 0,
    };
    Some((state, length))
}

impl Hash {
    /// A digest of nothing yet, `length` bytes long (its own length if `None`).
    pub(super) fn new(name: &str, length: Option<usize>) -> Result<Self, Unsupported> {
        let (state, own_length) = state(name).ok_or(Unsupported::Name)?;
        Self { state, length: own_length, own_length }.with_length(length)
    }

    /// cSHAKE, without a function name, over the SHAKE of that name; KangarooTwelve; TurboSHAKE, whose customization is
    /// one byte.
    pub(super) fn customized(name: &str, customization: &[u8], length: usize) -> Result<Self, Unsupported> {
        let state = match name {
            "shake128" => {
                State::CShake128(Box::new(sha3::CShake128::from_core(sha3::CShake128Core::new(customization))))
            }
            "shake256" => {
                State::CShake256(Box::new(sha3::CShake256::from_core(sha3::CShake256Core::new(customization))))
            }
            "kt128" => State::Kangaroo(Box::new(Kangaroo::new(168, customization))),
            "kt256" => State::Kangaroo(Box::new(Kangaroo::new(136, customization))),
            "turboshake128" | "turboshake256" => {
                let [last] = customization else { return Err(Unsupported::Name) };
                let rate = if name == "turboshake128" { 168 } else { 136 };
                State::Sponge(Box::new(Sponge::turbo(rate)), *last)
            }
            _ => return Err(Unsupported::Name),
        };
        Ok(Self { state, length, own_length: length })
    }

    /// The same with another length of the result; with its own if `None`.
    pub(super) fn with_length(mut self, length: Option<usize>) -> Result<Self, Unsupported> {
        match (length, &self.state) {
            (Some(length), State::Fixed(_) | State::Cut(..) | State::Md5Sha1(_)) if length != self.length => {
                Err(Unsupported::Length)
            }
            (Some(length), _) => {
                self.length = length;
                Ok(self)
            }
            (None, _) => {
                self.length = self.own_length;
                Ok(self)
            }
        }
    }

    /// Adds `bytes`.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Fixed(digest) | State::Cut(digest, _) => digest.update(bytes),
            State::Md5Sha1(digest) => {
                Update::update(&mut digest.md5, bytes);
                Update::update(&mut digest.sha1, bytes);
            }
            State::CShake128(digest) => digest.update(bytes),
            State::CShake256(digest) => digest.update(bytes),
            State::Shake128(digest) => digest.update(bytes),
            State::Shake256(digest) => digest.update(bytes),
            State::Sponge(digest, _) => digest.update(bytes),
            State::Kangaroo(digest) => digest.update(bytes),
        }
    }

    /// The digest of everything added.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut out = vec![0; self.length];
        match self.state {
            State::Fixed(digest) => return digest.finalize().into_vec(),
            State::Cut(digest, length) => return digest.finalize()[..length].to_vec(),
            State::Md5Sha1(digest) => return digest.finish(),
            State::CShake128(digest) => digest.finalize_xof().read(&mut out),
            State::CShake256(digest) => digest.finalize_xof().read(&mut out),
            State::Shake128(digest) => digest.finalize_xof().read(&mut out),
            State::Shake256(digest) => digest.finalize_xof().read(&mut out),
            State::Sponge(digest, last) => digest.finish(last, &mut out),
            State::Kangaroo(digest) => digest.finish(&mut out),
        }
        out
    }
}

/// HMAC (RFC 2104) over any of the digests of fixed length.
pub(super) struct Hmac {
    inner: Hash,
    outer: Hash,
}

/// Bytes of one block of a digest, which HMAC pads its key to; `None` for those HMAC is not defined over.
fn block_length(name: &str) -> Option<usize> {
    Some(match canonical(name)? {
        "sha384" | "sha512" | "sha512-224" | "sha512-256" | "blake2b512" => 128,
        "sha3-224" | "keccak-224" => 144,
        "sha3-256" | "keccak-256" => 136,
        "sha3-384" | "keccak-384" => 104,
        "sha3-512" | "keccak-512" => 72,
        "shake128" | "shake256" | "keccak-kmac-128" | "keccak-kmac-256" => return None,
        _ => 64,
    })
}

impl Hmac {
    /// A code of nothing yet; `None` if `name` cannot be used with HMAC.
    pub(super) fn new(name: &str, key: &[u8]) -> Option<Self> {
        let mut block = vec![0; block_length(name)?];
        let mut inner = Hash::new(name, None).ok()?;
        let mut outer = inner.clone();
        if key.len() > block.len() {
            let mut digest = inner.clone();
            digest.update(key);
            let short = digest.finish();
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
        inner.update(&padded(0x36));
        outer.update(&padded(0x5c));
        Some(Self { inner, outer })
    }

    /// Adds `bytes`.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
    }

    /// The code of everything added.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.outer.update(&self.inner.finish());
        self.outer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn hash(name: &str, text: &str) -> String {
        let mut hash = Hash::new(name, None).expect("a known digest");
        hash.update(text.as_bytes());
        hex(&hash.finish())
    }

    #[test]
    fn known_digests() {
        assert_eq!(hash("md5", ""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hash("RSA-SHA1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hash("SHA256", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash("shake128", ""), "7f9c2ba4e88f827d616045507605853e");
        assert_eq!(hash("sm3", "abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(hash("keccak-kmac-128", "abc"), "3bcfe6e0471a2168f61c444843e32aea0a09ec15bd9155f169189147f98c11fc");
        assert_eq!(hash("keccak-256", ""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(hash("sha2-256/192", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c");
        assert_eq!(hash("md5-sha1", ""), format!("{}{}", hash("md5", ""), hash("sha1", "")));
        // Without anything to tell it apart, cSHAKE is SHAKE.
        let plain = Hash::customized("shake128", b"", 16).expect("a known digest");
        assert_eq!(hex(&plain.finish()), "7f9c2ba4e88f827d616045507605853e");
        let mut named = Hash::customized("shake128", b"Email Signature", 32).expect("a known digest");
        named.update(&[0, 1, 2, 3]);
        // SP 800-185, cSHAKE sample 1.
        assert_eq!(hex(&named.finish()), "c1c36925b6409a04f1b504fcbca9d82b4017277cb5ed2b2065fc1d3814d5aaf5");
    }

    #[test]
    fn lengths_are_the_digests_own_unless_it_is_extendable() {
        assert_eq!(Hash::new("sha256", Some(28)).err(), Some(Unsupported::Length));
        assert_eq!(Hash::new("xyzzy", None).err(), Some(Unsupported::Name));
        assert_eq!(hex(&Hash::new("shake128", Some(5)).expect("extendable").finish()), "7f9c2ba4e8");
    }

    /// RFC 4231, test case 2, and a key longer than a block (case 6).
    #[test]
    fn known_codes() {
        let mut code = Hmac::new("sha256", b"Jefe").expect("a known digest");
        code.update(b"what do ya want for nothing?");
        assert_eq!(hex(&code.finish()), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let mut code = Hmac::new("sha256", &[0xaa; 131]).expect("a known digest");
        code.update(b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&code.finish()), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
