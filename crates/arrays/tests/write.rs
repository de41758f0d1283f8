//! Files that are written are whole at every moment.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrays::write::whole;

#[test]
fn a_reader_sees_whole_files_only() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("file");
    let texts = ["a".repeat(1 << 20), "b".repeat(1 << 20)];
    whole(&path, texts[0].as_bytes()).expect("written");
    let seen = Mutex::new(Vec::new());
    let rounds = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while rounds.load(Ordering::Relaxed) < 20 {
                seen.lock()
                    .expect("a lock")
                    .push(fs::read_to_string(&path).expect("a file"));
            }
        });
        for round in 0..20 {
            whole(&path, texts[round % 2].as_bytes()).expect("written");
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(
        seen.into_inner()
            .expect("a lock")
            .iter()
            .all(|text| texts.contains(text))
    );
    assert_eq!(fs::read_dir(out.path()).expect("a folder").count(), 1);
}
