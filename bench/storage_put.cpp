// Durable puts of the chunk store and commits of the state store, beside plain
// loops over the same disk. One JSON line a figure, as docs/performance.md
// describes; `--quick` only shows that it runs.

#include <roles/controller/sqlite_meta_store.hpp>
#include <roles/storage/chunk_store.hpp>
#include <roles/storage/posix_file.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

namespace {

namespace fs = std::filesystem;

constexpr size_t chunk = size_t{1} << 20;

struct plan {
  int rounds = 5;
  size_t chunks = 64;
  size_t commits = 2000;
};

double seconds(const std::function<void()>& f) {
  auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
    .count();
}

/// Bytes that no disk compresses and no two chunks share.
std::string payload(size_t chunks) {
  static std::mt19937_64 random(1);
  std::string out(chunks * chunk, '\0');
  for (size_t i = 0; i < out.size(); i += sizeof(uint64_t)) {
    auto word = random();
    std::memcpy(out.data() + i, &word, sizeof word);
  }
  return out;
}

auto part(const std::string& bytes, size_t i) {
  return std::as_bytes(std::span(bytes)).subspan(i * chunk, chunk);
}

// -- the plain loops ----------------------------------------------------------

void file_per_chunk(const fs::path& dir, const std::string& bytes) {
  fs::create_directory(dir);
  for (size_t i = 0; i * chunk < bytes.size(); ++i) {
    auto name = dir / std::to_string(i);
    auto tmp = dir / "tmp";
    {
      auto fd = roles::open_file(tmp, O_WRONLY | O_CREAT | O_EXCL);
      roles::write_all(fd.get(), part(bytes, i), tmp);
      roles::sync_data(fd.get(), tmp);
    }
    fs::rename(tmp, name);
    roles::sync_directory(dir);
  }
}

void append_to_one(const fs::path& file,
                   const std::string& bytes,
                   size_t step) {
  auto fd = roles::open_file(file, O_WRONLY | O_CREAT | O_TRUNC);
  auto all = std::as_bytes(std::span(bytes));
  for (size_t at = 0; at < all.size(); at += step) {
    roles::write_all(fd.get(), all.subspan(at, step), file);
    roles::sync_data(fd.get(), file);
  }
}

// -- ours ---------------------------------------------------------------------

void one_blob(roles::chunk_store& store, const std::string& bytes) {
  auto writer = store.begin_blob();
  writer.append(bytes);
  writer.finish();
}

void blob_per_chunk(roles::chunk_store& store, const std::string& bytes) {
  for (size_t i = 0; i * chunk < bytes.size(); ++i) {
    auto writer = store.begin_blob();
    writer.append(part(bytes, i));
    writer.finish();
  }
}

void commits(roles::meta_store& store, size_t n, int client) {
  for (size_t i = 0; i < n; ++i)
    store.apply(
      {{},
       {{std::to_string(client) + "/" + std::to_string(i % 100), "value", 0}},
       {}});
}

void commits_of_many(roles::meta_store& store, size_t n, int clients) {
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c)
    threads.emplace_back([&, c] { commits(store, n, c); });
  for (auto& t : threads)
    t.join();
}

// -- figures ------------------------------------------------------------------

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct side {
  std::string name;
  std::function<double()> rate; ///< one run
};

/// Runs both sides in turn and prints the medians.
void figure(const plan& p,
            const std::string& name,
            const std::string& unit,
            double goal,
            const side& ours,
            const side& reference) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < p.rounds; ++i) {
    a.push_back(ours.rate());
    b.push_back(reference.rate());
  }
  auto ratio = median(a) / median(b);
  std::ostringstream text;
  text << ">= " << goal;
  std::cout << nlohmann::json{{"bench", "storage"},
                              {"figure", name},
                              {"unit", unit},
                              {"value", median(a)},
                              {"reference", reference.name},
                              {"reference_value", median(b)},
                              {"ratio", ratio},
                              {"goal", text.str()},
                              {"met", ratio >= goal}}
                 .dump()
            << std::endl;
}

void put_figures(const plan& p, const fs::path& dir) {
  roles::chunk_store_options options;
  options.directory = dir / "store";
  options.grace = std::chrono::seconds{0};
  auto store = roles::chunk_store::open(options);
  auto mib = static_cast<double>(p.chunks);
  std::string bytes;
  auto timed = [&](const std::function<void()>& f) {
    return side{"", [&bytes, &p, mib, f] {
                  bytes = payload(p.chunks);
                  return mib / seconds(f);
                }};
  };
  auto named = [&](std::string name, const std::function<void()>& f) {
    auto s = timed(f);
    s.name = std::move(name);
    return s;
  };
  auto plain = named("write, fdatasync, rename, fsync directory", [&] {
    fs::remove_all(dir / "plain");
    file_per_chunk(dir / "plain", bytes);
  });
  auto append = named("append, fdatasync",
                      [&] { append_to_one(dir / "append", bytes, chunk); });
  auto large = named("", [&] { one_blob(*store, bytes); });
  auto small = named("", [&] { blob_per_chunk(*store, bytes); });
  figure(p, "put_large_blob", "MiB/s", 0.95, large, plain);
  figure(p, "put_large_blob_to_append", "MiB/s", 0.5, large, append);
  figure(p, "put_1MiB_blobs", "MiB/s", 0.5, small, plain);
}

void commit_figures(const plan& p, const fs::path& dir) {
  roles::sqlite_meta_options options;
  options.directory = dir / "meta";
  auto store = roles::open_sqlite_meta_store(options);
  auto n = static_cast<double>(p.commits);
  side raw{"append 4 KiB, fdatasync", [&] {
             std::string bytes(p.commits * 4096, 'x');
             return n
                    / seconds([&] { append_to_one(dir / "raw", bytes, 4096); });
           }};
  side one{"",
           [&] { return n / seconds([&] { commits(*store, p.commits, 0); }); }};
  side eight{"", [&] {
               return 8 * n
                      / seconds([&] { commits_of_many(*store, p.commits, 8); });
             }};
  figure(p, "commits_of_one_client", "1/s", 0.95, one, raw);
  figure(p, "commits_of_eight_clients", "1/s", 5, eight, raw);
}

} // namespace

int main(int argc, char** argv) {
  plan p;
  auto option = std::string_view{argc > 1 ? argv[1] : ""};
  if (option == "--quick") {
    p = {1, 4, 50};
  } else if (!option.empty()) {
    std::cerr << "usage: bench_storage [--quick]\n";
    return option == "--help" ? 0 : 2;
  }
  auto name = (fs::temp_directory_path() / "lepton-bench-XXXXXX").string();
  if (!::mkdtemp(name.data())) {
    std::cerr << "cannot make a directory in " << fs::temp_directory_path()
              << '\n';
    return 1;
  }
  put_figures(p, name);
  commit_figures(p, name);
  fs::remove_all(name);
  return 0;
}
