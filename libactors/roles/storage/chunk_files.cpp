#include <models/io/sha256.hpp>
#include <roles/storage/chunk_files.hpp>
#include <roles/storage/errors.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace roles {

namespace fs = std::filesystem;

namespace {

void rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw_errno("cannot rename to", to);
}

/// The directories below chunks/ that these go to: the first two digits.
std::set<std::string> directories_of(const std::vector<chunk_ref>& chunks) {
  std::set<std::string> out;
  for (auto& c : chunks)
    out.insert(c.sha256.substr(0, 2));
  return out;
}

/// Calls `f` with every path in a directory.
template <class F>
void for_each_in(const fs::path& directory, F f) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; it != end && !error;
       it.increment(error))
    f(it->path());
  if (error)
    throw storage_error(storage_errc::io, "cannot list '" + directory.string()
                                            + "': " + error.message());
}

/// Names of hashes in a directory; anything else there is not ours.
void list_hashes(const fs::path& directory, std::vector<std::string>& out) {
  for_each_in(directory, [&](const fs::path& path) {
    if (auto name = path.filename().string(); models::is_sha256_hex(name))
      out.push_back(std::move(name));
  });
}

std::string place(const std::string& blob,
                  const blob_manifest& manifest,
                  size_t index,
                  const fs::path& file) {
  return "blob " + blob + ": chunk " + std::to_string(index + 1) + " of "
         + std::to_string(manifest.chunks.size()) + " (file '" + file.string()
         + "')";
}

} // namespace

void remove_file(const fs::path& path) noexcept {
  ::unlink(path.c_str());
}

chunk_files::chunk_files(fs::path root) : root_(std::move(root)) {
  for (auto* name : {"tmp", "chunks", "blobs"})
    make_directory(root_ / name);
  for_each_in(root_ / "tmp", [](const fs::path& left) { remove_file(left); });
  sync_directory(root_);
}

fs::path chunk_files::chunk_path(const std::string& sha256) const {
  return root_ / "chunks" / sha256.substr(0, 2) / sha256;
}

fs::path chunk_files::blob_path(const std::string& sha256) const {
  return root_ / "blobs" / sha256;
}

fs::path chunk_files::new_tmp() {
  return root_ / "tmp" / std::to_string(++next_);
}

unique_fd chunk_files::begin_tmp(const fs::path& tmp,
                                 std::span<const std::byte> bytes) const {
  auto fd = open_file(tmp, O_WRONLY | O_CREAT | O_EXCL);
  try {
    write_all(fd.get(), bytes, tmp);
  } catch (const storage_error&) {
    remove_file(tmp);
    throw;
  }
  // a hint: the disk starts now, and the file's blocks belong to the same
  // commit as those of its neighbours
  ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  return fd;
}

void chunk_files::finish_tmp(unique_fd fd, const fs::path& tmp) const {
  try {
    sync_data(fd.get(), tmp);
  } catch (const storage_error&) {
    remove_file(tmp);
    throw;
  }
}

void chunk_files::rename_to_chunk(const fs::path& tmp,
                                  const std::string& sha256) const {
  rename_file(tmp, chunk_path(sha256));
}

void chunk_files::sync_chunks(const std::vector<chunk_ref>& chunks) const {
  for (auto& d : directories_of(chunks))
    sync_directory(root_ / "chunks" / d);
}

void chunk_files::prepare(const std::vector<chunk_ref>& chunks) {
  // held until the parent is synced: nobody may rely on less
  std::lock_guard guard{made_mutex_};
  std::vector<std::string> missing;
  for (auto& d : directories_of(chunks))
    if (!made_.contains(d))
      missing.push_back(d);
  if (missing.empty())
    return;
  for (auto& d : missing)
    make_directory(root_ / "chunks" / d);
  sync_directory(root_ / "chunks");
  made_.insert(missing.begin(), missing.end());
}

void chunk_files::rename_to_blob(const fs::path& tmp,
                                 const std::string& sha256) const {
  rename_file(tmp, blob_path(sha256));
  sync_blobs();
}

void chunk_files::sync_blobs() const {
  sync_directory(root_ / "blobs");
}

std::optional<blob_manifest>
chunk_files::read_manifest(const std::string& blob) const {
  auto path = blob_path(blob);
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT)
    return std::nullopt;
  if (!fd)
    throw_errno("cannot open", path);
  auto text = read_all(fd.get(), max_manifest_bytes, path);
  auto origin = "blob " + blob + ": manifest '" + path.string() + "'";
  auto manifest = decode_manifest(text, origin);
  // one chunk is the whole content, so the names must agree
  if (manifest.chunks.size() == 1 && manifest.chunks[0].sha256 != blob)
    throw storage_error(storage_errc::corrupt,
                        origin + " is corrupt: it is of another blob");
  return manifest;
}

std::string chunk_files::read_chunk(const std::string& blob,
                                    const blob_manifest& manifest,
                                    size_t index) const {
  auto& chunk = manifest.chunks[index];
  auto path = chunk_path(chunk.sha256);
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno != ENOENT)
    throw_errno("cannot open", path);
  if (!fd)
    throw storage_error(storage_errc::corrupt,
                        place(blob, manifest, index, path) + " is missing");
  // one byte more than expected tells a file that has grown
  auto bytes = read_all(fd.get(), size_t{chunk.bytes} + 1, path);
  if (bytes.size() != chunk.bytes)
    throw storage_error(storage_errc::corrupt,
                        place(blob, manifest, index, path)
                          + " is corrupt: expected "
                          + std::to_string(chunk.bytes) + " bytes");
  if (models::sha256_hex(bytes) != chunk.sha256)
    throw storage_error(storage_errc::corrupt,
                        place(blob, manifest, index, path)
                          + " is corrupt: its content has another hash");
  return bytes;
}

bool chunk_files::complete(const blob_manifest& manifest) const {
  for (auto& c : manifest.chunks) {
    struct stat info {};

    if (::stat(chunk_path(c.sha256).c_str(), &info) != 0
        || info.st_size != static_cast<off_t>(c.bytes))
      return false;
  }
  return true;
}

std::vector<std::string> chunk_files::list_blobs() const {
  std::vector<std::string> out;
  list_hashes(root_ / "blobs", out);
  return out;
}

std::vector<std::string> chunk_files::list_chunks() const {
  std::vector<std::string> out;
  for_each_in(root_ / "chunks",
              [&](const fs::path& sub) { list_hashes(sub, out); });
  return out;
}

void chunk_files::remove_blob(const std::string& blob) const {
  remove_file(blob_path(blob));
}

void chunk_files::remove_chunk(const std::string& chunk) const {
  remove_file(chunk_path(chunk));
}

} // namespace roles
