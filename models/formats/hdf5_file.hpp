#pragma once

// HDF5 files in memory, as far as Keras uses them: groups, float arrays, texts
// as attributes. Over the C library, which is not thread safe here: one thread
// at a time in the whole process.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// A file that is made. Paths begin with '/'; groups are made on the way.
/// Every function throws `std::runtime_error` if the library refuses.
class hdf5_writer {
public:
  hdf5_writer();
  ~hdf5_writer();

  void add_group(const std::string& path);

  /// A text, of any length, at the group `path`.
  void add_text(const std::string& path,
                const std::string& name,
                const std::string& text);

  /// A list of texts; all together at most 60,000 bytes.
  void add_texts(const std::string& path,
                 const std::string& name,
                 const std::vector<std::string>& texts);

  void add_floats(const std::string& path,
                  std::span<const uint64_t> shape,
                  std::span<const float> values);

  std::string bytes() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A file that is read. It cannot make us open another one: links out of it,
/// external and virtual arrays are refused. Every function throws `data_error`
/// naming the file and what is wrong.
class hdf5_reader {
public:
  /// @param bytes outlive the reader
  /// @param path for errors
  hdf5_reader(std::string_view bytes, std::string path);
  ~hdf5_reader();

  bool has(const std::string& path) const;
  bool has_text(const std::string& path, const std::string& name) const;
  std::string text(const std::string& path, const std::string& name) const;

  /// Also one that was cut into NAME0, NAME1, ...
  std::vector<std::string> texts(const std::string& path,
                                 const std::string& name) const;

  struct array {
    std::vector<uint64_t> shape;
    std::vector<float> values;
  };

  /// An array of floats of any width.
  array floats(const std::string& path) const;

  [[noreturn]] void fail(const std::string& what) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace formats
