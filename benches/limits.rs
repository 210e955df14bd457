//! What no runtime on this machine gets below: a wake between two threads, the memory's bandwidth, an isolate of V8's, its
//! serializer, the system calls behind a small file. docs/performance.md holds Weft's figures against these.

mod support;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::Bench;

/// Two threads that pass a number to and fro, `n` times; each waits for the other's with `wait`.
fn ping_pong(n: u64, wait: fn(&AtomicU64, u64), wake: fn(&std::thread::Thread)) -> Duration {
    let word = Arc::new(AtomicU64::new(0));
    let (here, other) = (std::thread::current(), word.clone());
    let echo = std::thread::spawn(move || {
        for turn in 0..n {
            wait(&other, 2 * turn + 1);
            other.store(2 * turn + 2, Ordering::Release);
            wake(&here);
        }
    });
    let start = Instant::now();
    for turn in 0..n {
        word.store(2 * turn + 1, Ordering::Release);
        wake(echo.thread());
        wait(&word, 2 * turn + 2);
    }
    let took = start.elapsed();
    echo.join().expect("the other thread");
    took
}

fn wakes(c: &mut Criterion) {
    let mut group = c.benchmark_group("two threads, there and back");
    group.bench_function("both sleep", |b| {
        let wait = |word: &AtomicU64, value| {
            while word.load(Ordering::Acquire) != value {
                std::thread::park();
            }
        };
        b.iter_custom(|n| ping_pong(n, wait, std::thread::Thread::unpark));
    });
    group.bench_function("both spin", |b| {
        let wait = |word: &AtomicU64, value| {
            while word.load(Ordering::Acquire) != value {
                std::hint::spin_loop();
            }
        };
        b.iter_custom(|n| ping_pong(n, wait, |_| {}));
    });
    group.finish();
}

const BYTES: usize = 64 << 20;

fn memory(c: &mut Criterion) {
    let mut group = c.benchmark_group("64 MB of memory");
    group.throughput(Throughput::Bytes(BYTES as u64)).sample_size(20);
    let (source, mut target) = (vec![1_u8; BYTES], vec![2_u8; BYTES]);
    group.bench_function("copied", |b| {
        b.iter(|| {
            target.copy_from_slice(&source);
            std::hint::black_box(&mut target);
        });
    });
    group.bench_function("cleared", |b| {
        b.iter(|| {
            target.fill(0);
            std::hint::black_box(&mut target);
        });
    });
    group.bench_function("copied to pages that are new", |b| {
        b.iter(|| {
            let mut fresh = memmap2::MmapMut::map_anon(BYTES).expect("memory");
            fresh.copy_from_slice(&source);
            std::hint::black_box(&fresh);
        });
    });
    group.finish();
}

fn make_isolate() {
    let isolate = &mut v8::Isolate::new(v8::CreateParams::default());
    v8::scope!(let scope, isolate);
    let _context = v8::Context::new(scope, v8::ContextOptions::default());
}

fn isolates(c: &mut Criterion) {
    weft::v8_platform::initialize(false);
    let mut group = c.benchmark_group("bare isolate with a context");
    group.bench_function("made and dropped", |b| b.iter(make_isolate));
    group.bench_function("the same on a new thread", |b| {
        b.iter(|| std::thread::spawn(make_isolate).join().expect("the thread"));
    });
    group.finish();
}

fn serializer(c: &mut Criterion) {
    let mut bench = Bench::new(&[]);
    bench.run(
        "var { Serializer, Deserializer } = process.getBuiltinModule('v8');
         var rows = Array.from({ length: 20000 }, (_, id) => ({ id, name: `row ${id}`, value: id / 3, ok: id % 2 === 0 }));
         var write = () => {
           const serializer = new Serializer();
           serializer.writeHeader();
           serializer.writeValue(rows);
           return serializer.releaseBuffer();
         };
         var bytes = write();
         var read = () => {
           const deserializer = new Deserializer(bytes);
           deserializer.readHeader();
           return deserializer.readValue();
         };
         var go;",
    );
    let mut group = c.benchmark_group("V8's serializer, 20,000 rows");
    group.sample_size(20);
    for (name, call) in [("write", "write()"), ("read", "read()")] {
        bench.run(&format!("go = (n) => {{ for (let i = 0; i < n; i++) {call}; }}"));
        group.bench_function(name, |b| b.iter_custom(|n| bench.time(n)));
    }
    group.finish();
}

fn system(c: &mut Criterion) {
    let path = std::env::temp_dir().join(format!("weft-limits-{}", std::process::id()));
    std::fs::write(&path, [b'x'; 4096]).expect("a temporary file");
    let mut group = c.benchmark_group("system");
    group.bench_function("the clock, read", |b| b.iter(Instant::now));
    group.bench_function("open, fstat, read, close of 4 kB", |b| {
        let mut bytes = Vec::with_capacity(8192);
        b.iter(|| {
            let mut file = std::fs::File::open(&path).expect("the file");
            let size = file.metadata().expect("its size").len();
            bytes.clear();
            file.by_ref().take(size).read_to_end(&mut bytes).expect("its contents");
            bytes.len()
        });
    });
    group.finish();
    std::fs::remove_file(&path).expect("the file");
}

criterion_group!(benches, wakes, memory, isolates, serializer, system);
criterion_main!(benches);
