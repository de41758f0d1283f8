//! A checksum that tells files, programs and random streams apart.

/// The FNV-1a checksum of `bytes`: it finds truncated and altered files, nothing malicious.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The checksum in sixteen hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    format!("{:016x}", checksum(bytes))
}
