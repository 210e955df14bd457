//! The sponges over Keccak that the sha3 crate does not have: KMAC's by itself (SP 800-185), which OpenSSL lists as a
//! digest, and TurboSHAKE and KangarooTwelve (RFC 9861).

/// A sponge that takes bytes in.
#[derive(Clone)]
pub(super) struct Sponge {
    state: [u64; 25],
    /// Bytes of the state that take input and give output, a multiple of eight.
    rate: usize,
    rounds: usize,
    /// Which of those bytes is next.
    at: usize,
}

impl Sponge {
    /// KMAC's, 128 or 256 bits strong: [`KMAC_END`] is its last byte.
    pub(super) fn kmac(rate: usize) -> Self {
        Self { state: [0; 25], rate, rounds: 24, at: 0 }
    }

    /// TurboSHAKE's, whose last byte is the caller's to choose.
    pub(super) fn turbo(rate: usize) -> Self {
        Self { rounds: 12, ..Self::kmac(rate) }
    }

    fn xor(&mut self, at: usize, byte: u8) {
        self.state[at / 8] ^= u64::from(byte) << (at % 8 * 8);
    }

    /// Adds `bytes`.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.xor(self.at, *byte);
            self.at += 1;
            if self.at == self.rate {
                keccak::p1600(&mut self.state, self.rounds);
                self.at = 0;
            }
        }
    }

    /// Ends the message with `last`, which tells one use of the sponge from another, and fills `out`.
    pub(super) fn finish(mut self, last: u8, out: &mut [u8]) {
        self.xor(self.at, last);
        self.xor(self.rate - 1, 0x80);
        for block in out.chunks_mut(self.rate) {
            keccak::p1600(&mut self.state, self.rounds);
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = (self.state[at / 8] >> (at % 8 * 8)) as u8;
            }
        }
    }
}

/// Last byte of KMAC's messages, as of cSHAKE's.
pub(super) const KMAC_END: u8 = 0x04;

/// Bytes of a leaf of KangarooTwelve.
const LEAF: usize = 8192;

/// KangarooTwelve: what is longer than a leaf is a tree of two levels.
#[derive(Clone)]
pub(super) struct Kangaroo {
    /// Takes the first 8192 bytes, and then what became of each leaf.
    node: Sponge,
    leaf: Sponge,
    /// Bytes in the current leaf, or among the first ones.
    filled: usize,
    /// Leaves begun.
    leaves: u64,
    customization: Vec<u8>,
}

impl Kangaroo {
    /// Over TurboSHAKE of that rate.
    pub(super) fn new(rate: usize, customization: &[u8]) -> Self {
        let sponge = Sponge::turbo(rate);
        Self { node: sponge.clone(), leaf: sponge, filled: 0, leaves: 0, customization: customization.to_vec() }
    }

    fn end_leaf(&mut self) {
        let fresh = Sponge::turbo(self.leaf.rate);
        // As long as the strength asks for: 32 bytes for 128 bits, 64 for 256.
        let mut value = [0; 64];
        let value = &mut value[..200 - self.leaf.rate];
        std::mem::replace(&mut self.leaf, fresh).finish(0x0b, value);
        self.node.update(value);
    }

    /// Adds `bytes`.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == LEAF {
                if self.leaves == 0 {
                    self.node.update(&[3, 0, 0, 0, 0, 0, 0, 0]);
                } else {
                    self.end_leaf();
                }
                (self.leaves, self.filled) = (self.leaves + 1, 0);
            }
            let (now, later) = bytes.split_at(bytes.len().min(LEAF - self.filled));
            if self.leaves == 0 { &mut self.node } else { &mut self.leaf }.update(now);
            self.filled += now.len();
            bytes = later;
        }
    }

    /// Ends the message, and fills `out`.
    pub(super) fn finish(mut self, out: &mut [u8]) {
        let customization = std::mem::take(&mut self.customization);
        self.update(&customization);
        self.update(&length_encoded(customization.len() as u64));
        if self.leaves == 0 {
            return self.node.finish(0x07, out);
        }
        self.end_leaf();
        self.node.update(&length_encoded(self.leaves));
        self.node.update(&[0xff, 0xff]);
        self.node.finish(0x06, out);
    }
}

/// `number` in as few bytes as it takes, the highest first, and how many those are.
fn length_encoded(number: u64) -> Vec<u8> {
    let mut bytes: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    bytes.push(bytes.len() as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As OpenSSL 3.5 answers.
    #[test]
    fn messages_and_results_of_more_than_a_block() {
        let mut sponge = Sponge::kmac(136);
        for piece in b"abc".repeat(100).chunks(7) {
            sponge.update(piece);
        }
        let mut out = [0; 300];
        sponge.finish(KMAC_END, &mut out);
        assert_eq!(crc32fast::hash(&out), 0x0cc3_fcea);
    }

    /// RFC 9861, section 5: `ptn(n)` is 00 to FA again and again.
    #[test]
    fn vectors_of_the_standard() {
        let pattern = |length: usize| (0..length).map(|at| (at % 0xfb) as u8).collect::<Vec<u8>>();
        let mut out = [0; 32];
        Sponge::turbo(168).finish(0x1f, &mut out);
        assert_eq!(hex(&out), "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c");
        Kangaroo::new(168, b"").finish(&mut out);
        assert_eq!(hex(&out), "1ac2d450fc3b4205d19da7bfca1b37513c0803577ac7167f06fe2ce1f0ef39e5");
        // Node 26.10 on four leaves with a customization, in pieces.
        let mut kangaroo = Kangaroo::new(136, &pattern(41));
        for piece in pattern(30_000).chunks(1000) {
            kangaroo.update(piece);
        }
        kangaroo.finish(&mut out);
        assert_eq!(hex(&out), "887f81bd92a46494aba65239a834089cbd1fb7a5973d775bad6253ea19e10131");
    }
}
