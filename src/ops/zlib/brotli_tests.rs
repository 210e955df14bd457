//! What Brotli writes, held against what Node 26.10 (Brotli 1.2.0) writes of the same bytes: length and CRC-32.

use super::*;

fn all(codec: &mut dyn Codec, flush: u32, input: &[u8]) -> Vec<u8> {
    let mut out = Output::new(usize::MAX >> 1, 0);
    let (taken, result) = codec.write(flush, input, &mut out);
    assert_eq!((taken, result), (input.len(), Ok(())));
    out.into_bytes()
}

fn packed(params: &Params, dictionary: Option<&[u8]>, input: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(params.clone(), dictionary.map(<[u8]>::to_vec)).expect("a compressor");
    all(&mut compressor, OPERATION_FINISH, input)
}

fn unpacked(params: &Params, dictionary: Option<&[u8]>, input: &[u8]) -> Vec<u8> {
    let mut decompressor = Decompressor::new(params.clone(), dictionary.map(<[u8]>::to_vec)).expect("a decompressor");
    all(&mut decompressor, OPERATION_FINISH, input)
}

/// Text as data often are: words, numbers and signs, by a generator of numbers that Node's side of this has too.
fn sample(seed: u32, length: usize) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "the ",
        "time ",
        "{\"name\":\"",
        "\"value\":",
        "},\n",
        "of ",
        "0.125",
        "runtime ",
        "worker ",
        "\u{e9}t\u{e9} ",
        "message ",
        " = ",
        "function(",
        "return ",
        "</div>",
        "\n",
    ];
    let (mut bytes, mut x) = (Vec::new(), seed);
    while bytes.len() < length {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend_from_slice(WORDS[(x >> 28) as usize].as_bytes());
        if (x >> 20).is_multiple_of(16) {
            bytes.extend_from_slice((x >> 8 & 0xffff).to_string().as_bytes());
        }
    }
    bytes.truncate(length);
    bytes
}

fn mark(bytes: &[u8]) -> (usize, u32) {
    (bytes.len(), crc32fast::hash(bytes))
}

/// Some of what the data are like, and a part of the data themselves.
fn dictionary(input: &[u8]) -> Vec<u8> {
    [&sample(2, 3000), &input[50_000..70_000]].concat()
}

#[test]
fn every_quality_gives_the_bytes_it_gives_in_node() {
    let input = sample(1, 150_000);
    let dictionary = dictionary(&input);
    assert_eq!((mark(&input).1, mark(&dictionary).1), (0xb869_8b51, 0x8687_6c64), "the data are Node's");
    type Mark = (usize, u32);
    let expected: [(u32, Mark, Mark); 12] = [
        (0, (41424, 0xe40c_14f6), (41424, 0xe40c_14f6)),
        (1, (35454, 0x180e_c09e), (35454, 0x180e_c09e)),
        (2, (35278, 0xbec5_7b25), (35278, 0xbec5_7b25)),
        (3, (36116, 0x210d_d4bc), (36116, 0x210d_d4bc)),
        (4, (35918, 0x9c27_ad34), (35921, 0xd581_82dd)),
        (5, (31332, 0x7987_9881), (26122, 0xba1e_f46c)),
        (6, (29754, 0xf00b_c1f8), (25407, 0xd7f1_cc17)),
        (7, (28845, 0x27b7_a102), (24786, 0x6792_ca92)),
        (8, (28207, 0x0466_75a9), (24261, 0xa9bd_2759)),
        (9, (27562, 0xb208_595f), (23695, 0xfe15_87ea)),
        (10, (25933, 0xd85d_acb0), (22422, 0x3fb8_f3db)),
        (11, (25312, 0x89c8_1cc3), (21786, 0xd5cd_2537)),
    ];
    for (quality, plain, with_dictionary) in expected {
        let params = vec![(1, quality)];
        let result = packed(&params, None, &input);
        assert_eq!(mark(&result), plain, "quality {quality}");
        assert!(unpacked(&vec![], None, &result) == input);
        let result = packed(&params, Some(&dictionary), &input);
        assert_eq!(mark(&result), with_dictionary, "quality {quality} with a dictionary");
        assert!(unpacked(&vec![], Some(&dictionary), &result) == input);
    }
}

#[test]
fn every_parameter_is_taken_and_read_back() {
    let input = sample(1, 150_000);
    let cases: [(Params, (usize, u32)); 8] = [
        (vec![], (25312, 0x89c8_1cc3)),
        (vec![(0, 1), (1, 5), (2, 16)], (31246, 0x729c_4223)),
        (vec![(0, 2), (1, 7)], (28903, 0xda6b_4f71)),
        (vec![(1, 9), (3, 18), (4, 1), (5, 150_000)], (27562, 0xb208_595f)),
        (vec![(1, 5), (7, 1), (8, 12)], (31341, 0xf5d8_17f8)),
        // Values out of range are what the library makes of them.
        (vec![(0, 7), (1, 99), (2, 99)], (25312, 0x519e_1a31)),
        (vec![(1, 11), (2, 10)], (30953, 0x66dc_e666)),
        (vec![(1, 2), (2, 10), (5, 10)], (36912, 0x512f_8644)),
    ];
    for (params, expected) in cases {
        let result = packed(&params, None, &input);
        assert_eq!(mark(&result), expected, "{params:?}");
        assert!(unpacked(&vec![], None, &result) == input);
    }
    for refused in [vec![(4, 2)], vec![(99, 1)]] {
        let failure = Compressor::new(refused, None).err().expect("no compressor");
        assert_eq!(failure, Failure::initialization("Initialization failed"));
    }
}

#[test]
fn windows_past_the_usual_ones_are_to_be_asked_for() {
    let input = sample(1, 150_000);
    let result = packed(&vec![(1, 5), (2, 26), (6, 1)], None, &input);
    assert_eq!(mark(&result), (31333, 0x044e_11fb));
    let mut strict = Decompressor::new(Vec::new(), None).expect("a decompressor");
    let (_, answer) = strict.write(2, &result, &mut Output::new(1 << 20, 0));
    let failure = answer.expect_err("a window too large");
    assert_eq!((&*failure.code, failure.errno), ("ERR__ERROR_FORMAT_WINDOW_BITS", -13));
    assert!(unpacked(&vec![(0, 1), (1, 1)], None, &result) == input);
}

#[test]
fn pieces_and_small_outputs_give_the_same_bytes() {
    let input = sample(1, 150_000);
    let dictionary = dictionary(&input);
    let mut compressor = Compressor::new(vec![(1, 6)], Some(dictionary.clone())).expect("a compressor");
    for _ in 0..2 {
        let mut result = Vec::new();
        for (number, piece) in input.chunks(7_777).enumerate() {
            let flush = if (number + 1) * 7_777 >= input.len() { OPERATION_FINISH } else { 0 };
            let mut at = 0;
            loop {
                let mut out = Output::new(100, 0);
                let (taken, answer) = compressor.write(flush, &piece[at..], &mut out);
                answer.expect("compressed");
                at += taken;
                let full = out.is_full();
                result.extend(out.into_bytes());
                if !full {
                    break;
                }
            }
            assert_eq!(at, piece.len());
        }
        assert_eq!(mark(&result), (25407, 0xd7f1_cc17));
        // Starts anew with its parameters and its dictionary.
        compressor.reset().expect("reset");
    }
}

#[test]
fn what_was_flushed_can_be_read() {
    let (input, dictionary) = (sample(1, 20_000), sample(2, 3000));
    let mut compressor = Compressor::new(vec![(1, 5)], Some(dictionary.clone())).expect("a compressor");
    let mut decompressor = Decompressor::new(Vec::new(), Some(dictionary)).expect("a decompressor");
    for half in input.chunks(10_000) {
        let flushed = all(&mut compressor, 1, half);
        assert!(all(&mut decompressor, 0, &flushed) == half);
    }
}

#[test]
fn other_dictionaries_do_not_fit_and_memory_is_counted() {
    let input = sample(1, 150_000);
    let dictionary = dictionary(&input);
    let mut compressor = Compressor::new(vec![(1, 9)], Some(dictionary.clone())).expect("a compressor");
    let fresh = compressor.memory();
    assert!(fresh > dictionary.len(), "{fresh}");
    let result = all(&mut compressor, OPERATION_FINISH, &input);
    assert!(compressor.memory() > fresh + (1 << 20), "{}", compressor.memory());

    let mut other = Decompressor::new(Vec::new(), None).expect("a decompressor");
    let (_, answer) = other.write(OPERATION_FINISH, &result, &mut Output::new(1 << 20, 0));
    assert!(answer.is_err());
    let mut right = Decompressor::new(Vec::new(), Some(dictionary)).expect("a decompressor");
    let (_, answer) = right.write(OPERATION_FINISH, &result[..1000], &mut Output::new(1 << 20, 0));
    assert_eq!(answer, Err(Failure::unexpected_end()));
    assert!(right.memory() > 150_000);
}
