//! Arrays in every format.

use std::io::Write as _;
use std::process::Stdio;

use relu_lab::files::{npy, read};

use crate::common::{fixture, fixtures, program, refused, run, stderr, stdout};
use crate::student;

/// C and Fortran order, both kinds of bundle and a table hold the same doubles, so the same bytes are printed.
#[test]
fn all_formats_of_numpy_agree() {
    let arguments = |student: &str, teacher: &str| {
        let output = run(
            &fixtures(),
            &[
                "gradient",
                "--student",
                student,
                "--teacher",
                teacher,
                "--json",
            ],
        );
        assert!(output.status.success(), "{student}: {}", stderr(&output));
        stdout(&output)
    };
    let expected = arguments("student.npy", "teacher.npy");
    for (student, teacher) in [
        ("student_fortran.npy", "teacher.npy"),
        ("student.csv", "teacher.npy"),
        ("pair.npz:student", "pair.npz:teacher"),
        ("pair_deflated.npz:student", "pair_deflated.npz:teacher"),
    ] {
        assert_eq!(arguments(student, teacher), expected, "{student}");
    }
    // What converts exactly counts as what it is converted to.
    for (student, same) in [
        ("big_endian.npy", "student.npy"),
        ("single_big_endian.npy", "student_f32.npy"),
        ("integers.npy", "ones.csv"),
        ("booleans.npy", "teacher.npy"),
        ("bytes.npy", "ones.csv"),
        ("python2.npy", "student.npy"),
        ("folders.zip:net/student", "student.npy"),
        ("titles.csv", "student.npy"),
    ] {
        let (found, expected) = (
            arguments(student, "teacher.npy"),
            arguments(same, "teacher.npy"),
        );
        assert_eq!(found, expected, "{student}");
    }
    // Single precision is widened: it differs from the doubles by its rounding, and only by that.
    let single = read::weights(fixture("student_f32.npy")).expect("floats");
    for j in 0..3 {
        for i in 0..4 {
            let (a, b) = (single.as_mat()[(j, i)], student().as_mat()[(j, i)]);
            assert!(
                (a - b).abs() <= b.abs() * f64::from(f32::EPSILON),
                "{a} {b}"
            );
        }
    }
    assert_ne!(single, student());
}

#[test]
fn standard_input_is_a_file() {
    let mut child = program(&fixtures())
        .args([
            "loss",
            "--student",
            "-",
            "--teacher",
            "teacher.npy",
            "--json",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let bytes = std::fs::read(fixture("student.npy")).expect("a fixture");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&bytes)
        .expect("written");
    let output = child.wait_with_output().expect("ends");
    let expected = run(
        &fixtures(),
        &[
            "loss",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "--json",
        ],
    );
    assert!(output.status.success());
    assert_eq!(stdout(&output), stdout(&expected));
}

#[test]
fn what_is_written_reads_back_as_numpy_wrote_it() {
    for name in ["student.npy", "teacher.npy", "top.npy"] {
        let bytes = std::fs::read(fixture(name)).expect("a fixture");
        let array = npy::decode(name, &bytes).expect("an array");
        assert_eq!(npy::encode(&array), bytes, "{name}");
    }
}

/// Tensors of a `.safetensors` file: a header that says where they are, then the numbers.
#[test]
fn tensors_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let numbers = [0.5_f64, -1.25, 2.0, 3.0, 0.0, 1.5];
    let half: [u16; 6] = [0x3800, 0xbd00, 0x4000, 0x4200, 0x0000, 0x3e00];
    let brain = numbers.map(|x| {
        // The upper half of a single: these numbers have few digits.
        #[allow(clippy::cast_possible_truncation)]
        let bits = (x as f32).to_bits();
        u16::try_from(bits >> 16).expect("16 bits")
    });
    let mut data: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    #[allow(clippy::cast_possible_truncation)]
    data.extend(numbers.iter().flat_map(|x| (*x as f32).to_le_bytes()));
    data.extend(half.iter().flat_map(|x| x.to_le_bytes()));
    data.extend(brain.iter().flat_map(|x| x.to_le_bytes()));
    let header = "{\"__metadata__\":{\"format\":\"pt\"},\
        \"fc1.weight\":{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,48]},\
        \"fc2.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[48,72]},\
        \"half\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[72,84]},\
        \"brain\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[84,96]}}";
    let whole = |header: &str, data: &[u8]| {
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), data].concat()
    };
    let path = here.join("model.safetensors");
    std::fs::write(&path, whole(header, &data)).expect("written");
    for name in ["fc1.weight", "fc2.weight", "half", "brain"] {
        let array = read::array(format!("{}:{name}", path.display())).expect("a tensor");
        assert_eq!(
            (array.shape(), array.data()),
            (&[2, 3][..], &numbers[..]),
            "{name}"
        );
    }
    refused(
        here,
        &["geometric-condition", "--weights", "model.safetensors"],
        &["brain, fc1.weight, fc2.weight, half", "FILE:NAME"],
    );
    refused(
        here,
        &[
            "geometric-condition",
            "--weights",
            "model.safetensors:fc3.weight",
        ],
        &["no array `fc3.weight`", "fc2.weight"],
    );
    for (name, header, data) in [
        ("short.safetensors", header, &data[..90]),
        ("long.safetensors", header, &[&data[..], &[0]].concat()[..]),
        ("header.safetensors", "{", &data[..]),
        (
            "complex.safetensors",
            "{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
            &data[..8],
        ),
    ] {
        std::fs::write(here.join(name), whole(header, data)).expect("written");
        refused(here, &["geometric-condition", "--weights", name], &[name]);
    }
    std::fs::write(here.join("cut.safetensors"), [9, 0, 0]).expect("written");
    refused(
        here,
        &["geometric-condition", "--weights", "cut.safetensors"],
        &["damaged"],
    );
}

/// A format that is not read is named, with one line of Python that converts it.
#[test]
fn foreign_formats_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let zip = |name: &str| {
        // A stored entry without content, and the directory that lists it.
        let length = u16::try_from(name.len()).expect("short").to_le_bytes();
        let mut local = b"PK\x03\x04\x14\0".to_vec();
        local.extend([0; 20]);
        local.extend(length);
        local.extend([0, 0]);
        local.extend(name.as_bytes());
        let mut central = b"PK\x01\x02\x14\0\x14\0".to_vec();
        central.extend([0; 20]);
        central.extend(length);
        central.extend([0; 16]);
        central.extend(name.as_bytes());
        let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
        end.extend(u32::try_from(central.len()).expect("short").to_le_bytes());
        end.extend(u32::try_from(local.len()).expect("short").to_le_bytes());
        end.extend([0, 0]);
        [local, central, end].concat()
    };
    for (name, bytes, words) in [
        (
            "w.mat",
            b"MATLAB 5.0 MAT-file, Platform".to_vec(),
            ["MATLAB", "loadmat('w.mat')"],
        ),
        (
            "v.mat",
            b"MATLAB 7.3 MAT-file, Platform".to_vec(),
            ["MATLAB 7.3", "File('v.mat')"],
        ),
        (
            "w.h5",
            b"\x89HDF\r\n\x1a\n\0\0".to_vec(),
            ["HDF5", "File('w.h5')"],
        ),
        (
            "w.pkl",
            b"\x80\x04\x95\0\0".to_vec(),
            ["pickled", "open('w.pkl', 'rb')"],
        ),
        ("w.npy", b"\x80\x03cnumpy".to_vec(), ["pickled", "w.npy"]),
        ("w.pt", zip("w/data.pkl"), ["PyTorch", "torch.load('w.pt'"]),
        (
            "old.pt",
            b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec(),
            ["PyTorch", "torch.load"],
        ),
        ("v4.mat", vec![0; 20], ["MATLAB", "loadmat('v4.mat')"]),
        (
            "old.pkl",
            b"(lp0\nF1.5\naF2.5\na.".to_vec(),
            ["pickled", "open('old.pkl'"],
        ),
        ("w.xlsx", zip("xl/workbook.xml"), ["Excel", "read_excel"]),
        (
            "w.csv.gz",
            b"\x1f\x8b\x08\0".to_vec(),
            ["gzip", "gzip.open"],
        ),
        ("w.csv", b"\xff\xfe1\0".to_vec(), ["UTF-16", "utf-16"]),
    ] {
        std::fs::write(here.join(name), bytes).expect("written");
        let all = ["geometric-condition", "--weights", name];
        refused(here, &all, &[name, words[0], words[1], "python3 -c"]);
    }
}

/// A name that is no UTF-8 is a name: of what is read, of a bundle with an array, and of what is written.
#[cfg(target_os = "linux")]
#[test]
fn names_of_any_bytes() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let name = |bytes: &'static [u8]| OsStr::from_bytes(bytes).to_owned();
    std::fs::copy(fixture("student.npy"), here.join(name(b"\xff.npy"))).expect("copied");
    std::fs::copy(fixture("pair.npz"), here.join(name(b"\xfe.npz"))).expect("copied");
    let arguments: Vec<OsString> = vec![
        "gradient".into(),
        "--student".into(),
        name(b"\xff.npy"),
        "--teacher".into(),
        name(b"\xfe.npz:teacher"),
        "-o".into(),
        name(b"\xfd.npy"),
    ];
    let output = program(here).args(&arguments).output().expect("starts");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(here.join(name(b"\xfd.npy")).is_file());
    let mut absent = arguments;
    absent[2] = name(b"\xfc.npy");
    let output = program(here).args(&absent).output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot read \u{fffd}.npy"),
        "{}",
        stderr(&output)
    );
}

/// Numbers of a table that no double is near are no zeros.
#[test]
fn underflow_in_a_table_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("w.csv"), "1,0\n0,1e-400\n").expect("written");
    refused(
        folder.path(),
        &["loss", "--student", "w.csv", "--teacher", "w.csv"],
        &["w.csv, line 2, field 2", "1e-400", "least double"],
    );
}
