//! Deriving keys: PBKDF2 (RFC 8018), scrypt (RFC 7914) and HKDF (RFC 5869). Pure functions, run on a blocking thread
//! or, for the synchronous forms, in place.

use hmac::{Hmac as BlockHmac, SimpleHmac};

use super::hash::{Hash, Hmac, canonical};

/// PBKDF2 with HMAC over the digest `name`; `None` if there is no such digest.
pub(super) fn pbkdf2(name: &str, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Option<Vec<u8>> {
    let mut key = vec![0; length];
    macro_rules! derive {
        ($mac:ty) => {{
            // The only failure is a password that HMAC cannot take, and HMAC takes any.
            pbkdf2::pbkdf2::<$mac>(password, salt, rounds, &mut key).ok()?;
        }};
    }
    match canonical(name)? {
        "md5" => derive!(BlockHmac<md5::Md5>),
        "ripemd160" => derive!(BlockHmac<ripemd::Ripemd160>),
        "sha1" => derive!(BlockHmac<sha1::Sha1>),
        "sha224" => derive!(BlockHmac<sha2::Sha224>),
        "sha256" => derive!(BlockHmac<sha2::Sha256>),
        "sha384" => derive!(BlockHmac<sha2::Sha384>),
        "sha512" => derive!(BlockHmac<sha2::Sha512>),
        "sha512-224" => derive!(BlockHmac<sha2::Sha512_224>),
        "sha512-256" => derive!(BlockHmac<sha2::Sha512_256>),
        "sha3-224" => derive!(BlockHmac<sha3::Sha3_224>),
        "sha3-256" => derive!(BlockHmac<sha3::Sha3_256>),
        "sha3-384" => derive!(BlockHmac<sha3::Sha3_384>),
        "sha3-512" => derive!(BlockHmac<sha3::Sha3_512>),
        "keccak-224" => derive!(BlockHmac<sha3::Keccak224>),
        "keccak-256" => derive!(BlockHmac<sha3::Keccak256>),
        "keccak-384" => derive!(BlockHmac<sha3::Keccak384>),
        "keccak-512" => derive!(BlockHmac<sha3::Keccak512>),
        "sm3" => derive!(BlockHmac<sm3::Sm3>),
        "blake2b512" => derive!(SimpleHmac<blake2::Blake2b512>),
        "blake2s256" => derive!(SimpleHmac<blake2::Blake2s256>),
        _ => return None,
    }
    Some(key)
}

/// Costs of scrypt.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScryptCosts {
    /// CPU and memory cost N, a power of two above 1.
    pub(super) n: u64,
    /// Block size.
    pub(super) r: u32,
    /// Parallelization.
    pub(super) p: u32,
    /// Most bytes the computation may take.
    pub(super) max_memory: u64,
}

/// Why scrypt refused its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScryptError {
    /// They are none.
    Invalid,
    /// They take more than the memory allowed.
    Memory,
}

impl ScryptCosts {
    /// Checks the costs as OpenSSL does.
    pub(super) fn check(&self) -> Result<scrypt::Params, ScryptError> {
        let (n, r, p) = (self.n, u64::from(self.r), u64::from(self.p));
        if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
            return Err(ScryptError::Invalid);
        }
        // OpenSSL counts these among the memory, too.
        if r.saturating_mul(p) >= 1 << 30 || (r <= 3 && n >= 1 << (16 * r)) {
            return Err(ScryptError::Memory);
        }
        let blocks = p.saturating_mul(128).saturating_mul(r);
        let table = n.saturating_add(2).saturating_mul(128).saturating_mul(r);
        if blocks.saturating_add(table) > self.max_memory {
            return Err(ScryptError::Memory);
        }
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| ScryptError::Invalid)?;
        scrypt::Params::new(log_n, self.r, self.p, scrypt::Params::RECOMMENDED_LEN).map_err(|_| ScryptError::Invalid)
    }
}

/// scrypt with costs that [`ScryptCosts::check`] accepted.
pub(super) fn scrypt(params: &scrypt::Params, password: &[u8], salt: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut key = vec![0; length];
    if length > 0 {
        scrypt::scrypt(password, salt, params, &mut key).ok()?;
    }
    Some(key)
}

/// HKDF over the digest `name`; `None` if there is no such digest or `length` is more than 255 of its results.
pub(super) fn hkdf(name: &str, key: &[u8], salt: &[u8], info: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut extract = Hmac::new(name, salt)?;
    extract.update(key);
    let secret = extract.finish();
    if length > secret.len() * 255 {
        return None;
    }
    let mut out = Vec::with_capacity(length + secret.len());
    let mut block = Vec::new();
    let mut counter = 0_u8;
    while out.len() < length {
        counter = counter.checked_add(1)?;
        let mut expand = Hmac::new(name, &secret)?;
        expand.update(&block);
        expand.update(info);
        expand.update(&[counter]);
        block = expand.finish();
        out.extend_from_slice(&block);
    }
    out.truncate(length);
    Some(out)
}

/// Length of a digest's result, which bounds HKDF; `None` if it cannot be used.
pub(super) fn hmac_length(name: &str) -> Option<usize> {
    Hmac::new(name, &[])?;
    Some(Hash::new(name, None).ok()?.finish().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 6070.
    #[test]
    fn pbkdf2_vector() {
        let key = pbkdf2("sha1", b"password", b"salt", 2, 20).expect("a known digest");
        assert_eq!(hex(&key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    }

    /// RFC 7914, section 12.
    #[test]
    fn scrypt_vector() {
        let costs = ScryptCosts { n: 16, r: 1, p: 1, max_memory: 1 << 20 };
        let key = scrypt(&costs.check().expect("valid costs"), b"", b"", 16).expect("a valid length");
        assert_eq!(hex(&key), "77d6576238657b203b19ca42c18a0497");
        assert_eq!(ScryptCosts { n: 3, ..costs }.check().err(), Some(ScryptError::Invalid));
        assert_eq!(ScryptCosts { n: 1 << 20, r: 8, ..costs }.check().err(), Some(ScryptError::Memory));
    }

    /// RFC 5869, test case 1.
    #[test]
    fn hkdf_vector() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let key = hkdf("sha256", &[0x0b; 22], &salt, &info, 42).expect("a known digest");
        assert_eq!(hex(&key[..8]), "3cb25f25faacd57a");
        assert_eq!(key.len(), 42);
    }
}
