//! The sponge of KMAC (SP 800-185) by itself, which OpenSSL lists as a digest: Keccak whose message ends as cSHAKE's
//! does, without a name or a customization before it.

/// A sponge that takes bytes in.
#[derive(Clone)]
pub(super) struct KeccakKmac {
    state: [u64; 25],
    /// Bytes of the state that take input and give output.
    rate: usize,
    /// Which of them is next.
    at: usize,
}

impl KeccakKmac {
    /// A sponge of `rate` bytes, a multiple of eight.
    pub(super) fn new(rate: usize) -> Self {
        Self { state: [0; 25], rate, at: 0 }
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
                keccak::f1600(&mut self.state);
                self.at = 0;
            }
        }
    }

    /// Ends the message, and fills `out`.
    pub(super) fn finish(mut self, out: &mut [u8]) {
        self.xor(self.at, 0x04);
        self.xor(self.rate - 1, 0x80);
        for block in out.chunks_mut(self.rate) {
            keccak::f1600(&mut self.state);
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = (self.state[at / 8] >> (at % 8 * 8)) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As OpenSSL 3.5 answers.
    #[test]
    fn messages_and_results_of_more_than_a_block() {
        let mut sponge = KeccakKmac::new(136);
        let text = b"abc".repeat(100);
        for piece in text.chunks(7) {
            sponge.update(piece);
        }
        let mut out = [0; 300];
        sponge.finish(&mut out);
        assert_eq!(crc32fast::hash(&out), 0x0cc3_fcea);
    }
}
