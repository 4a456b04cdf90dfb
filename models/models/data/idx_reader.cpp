#include <models/core/error.hpp>
#include <models/data/dictionary.hpp>
#include <models/data/idx_reader.hpp>
#include <models/data/table_finish.hpp>

#include <array>
#include <limits>

namespace models {

namespace {

constexpr uint8_t unsigned_bytes = 0x08;

/// Reads one IDX stream: `open`, then `pass` until all elements are through.
class idx_stream {
public:
  idx_stream(byte_source source, std::string path)
    : path_(std::move(path)),
      source_(unpacked(
        std::move(source), path_, std::numeric_limits<uint64_t>::max())) {}

  /// Reads the header of `rank` dimensions, named by `what`.
  void open(uint8_t rank, const char* what) {
    std::array<unsigned char, 4> magic{};
    read_header(magic.data());
    if (magic[0] != 0 || magic[1] != 0)
      fail("not an IDX file: it does not start with two zero bytes");
    if (magic[2] != unsigned_bytes)
      fail("elements of type " + std::to_string(magic[2]) + ", expected " + what
           + " as unsigned bytes (type 8)");
    if (magic[3] != rank)
      fail("rank " + std::to_string(magic[3]) + ", expected " + what
           + " of rank " + std::to_string(rank)
           + (magic[3] == 1 || magic[3] == 3
                ? "; are images and labels exchanged?"
                : ""));
    for (int i = 0; i < rank; ++i) {
      std::array<unsigned char, 4> b{};
      read_header(b.data());
      dimensions.push_back(uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16
                           | uint32_t{b[2]} << 8 | b[3]);
    }
  }

  /// Hands the `count` elements to `use(pointer, number)` piece by piece, and
  /// checks that the file ends after them.
  template <class Use>
  void pass(uint64_t count, Use use) {
    std::array<char, 65536> buffer{};
    auto left = count;
    while (left > 0) {
      auto wanted = std::min<uint64_t>(left, buffer.size());
      auto got = source_(buffer.data(), static_cast<size_t>(wanted));
      if (got == 0)
        fail("ends after " + std::to_string(count - left) + " of "
             + std::to_string(count)
             + " elements that its header states; fetch the file again");
      use(reinterpret_cast<const unsigned char*>(buffer.data()), got);
      left -= got;
    }
    if (source_(buffer.data(), 1) != 0)
      fail("bytes after the last of " + std::to_string(count)
           + " elements that its header states");
  }

  [[noreturn]] void fail(const std::string& text) const {
    throw data_error(path_ + ": " + text);
  }

  const std::string& path() const { return path_; }

  std::vector<uint32_t> dimensions;

private:
  void read_header(unsigned char* out) {
    for (size_t have = 0; have < 4;) {
      auto got = source_(reinterpret_cast<char*>(out) + have, 4 - have);
      if (got == 0)
        fail("not an IDX file: it ends after " + std::to_string(position_)
             + " bytes, within the header");
      have += got;
      position_ += got;
    }
  }

  std::string path_;
  byte_source source_;
  uint64_t position_ = 0;
};

class reader {
public:
  reader(byte_source images,
         byte_source labels,
         const idx_options& options,
         const table_schema* known)
    : options_(options),
      known_(known),
      images_(std::move(images), options.images) {
    if (labels)
      labels_.emplace_back(std::move(labels), options.labels);
  }

  table read() {
    check_headers();
    make_columns();
    read_images();
    if (!labels_.empty())
      read_labels();
    table_.report.path = options_.images;
    if (!labels_.empty())
      table_.report.labels_path = options_.labels;
    table_.report.rows_read = table_.rows;
    complete_report(table_);
    return std::move(table_);
  }

private:
  void check_headers() {
    images_.open(3, "images");
    if (!labels_.empty())
      labels_.front().open(1, "labels");
    auto [count, height, width] = std::array{
      images_.dimensions[0], images_.dimensions[1], images_.dimensions[2]};
    if (count == 0)
      images_.fail("no images: the header states a count of 0");
    if (height == 0 || width == 0)
      images_.fail("images of " + size_text(height, width) + " pixels");
    check_size(count, height, width);
    if (!labels_.empty() && labels_.front().dimensions[0] != count)
      throw data_error(images_.path() + " and " + labels_.front().path()
                       + " do not match: " + std::to_string(count) + " images, "
                       + std::to_string(labels_.front().dimensions[0])
                       + " labels");
    table_.rows = count;
    table_.schema.image = {height, width};
  }

  void check_size(uint64_t count, uint64_t height, uint64_t width) const {
    // Each step divides, so nothing overflows.
    if (height > 65536 || width > 65536 || height * width > 1 << 20
        || count > options_.max_cells / (height * width))
      images_.fail(std::to_string(count) + " images of "
                   + size_text(height, width) + " pixels, more than the "
                   + std::to_string(options_.max_cells)
                   + " values (1048576 pixels an image) that fit");
    if (known_ != nullptr && height * width != known_->columns.size())
      images_.fail("images of " + size_text(height, width)
                   + " pixels do not fit the model, which has "
                   + std::to_string(known_->columns.size()) + " features");
  }

  static std::string size_text(uint64_t height, uint64_t width) {
    return std::to_string(height) + " x " + std::to_string(width);
  }

  void make_columns() {
    auto& schema = table_.schema;
    auto [height, width] = schema.image;
    if (known_ != nullptr) {
      for (const auto& column : known_->columns)
        if (column.kind == column_kind::text)
          images_.fail("the model needs words in column " + column.name
                       + ", images hold numbers");
      schema = *known_;
      return;
    }
    schema.named = false;
    for (size_t i = 0; i < size_t{height} * width; ++i) {
      schema.columns.emplace_back().name = "pixel " + std::to_string(i + 1);
      schema.layout.push_back({schema.columns.back().name});
    }
    if (!labels_.empty())
      schema.layout.push_back({"label", column_role::label});
  }

  void read_images() {
    auto& values = table_.values;
    images_.pass(table_.rows * table_.schema.columns.size(),
                 [&](const unsigned char* bytes, size_t count) {
                   values.insert(values.end(), bytes, bytes + count);
                 });
  }

  void read_labels() {
    std::array<uint64_t, 256> rows{};
    labels_.front().pass(
      table_.rows, [&](const unsigned char* bytes, size_t count) {
        for (size_t i = 0; i < count; ++i)
          ++rows[bytes[i]];
        table_.labels.insert(table_.labels.end(), bytes, bytes + count);
      });
    if (known_ == nullptr)
      name_classes(rows);
    std::array<int32_t, 256> number{};
    for (size_t value = 0; value < rows.size(); ++value)
      number[value] = class_of(value, rows[value] > 0);
    for (auto& label : table_.labels)
      label = number[static_cast<size_t>(label)];
  }

  void name_classes(const std::array<uint64_t, 256>& rows) {
    auto& classes = table_.schema.classes;
    for (size_t value = 0; value < rows.size(); ++value)
      if (rows[value] > 0)
        classes.push_back(std::to_string(value));
    if (classes.size() < 2)
      labels_.front().fail("all " + std::to_string(table_.rows) + " labels are "
                           + classes.front()
                           + "; a classifier needs two classes or more");
    if (options_.classes != 0 && classes.size() != options_.classes)
      labels_.front().fail(std::to_string(classes.size())
                           + " classes where --classes says "
                           + std::to_string(options_.classes));
  }

  int32_t class_of(size_t value, bool used) const {
    const auto& classes = table_.schema.classes;
    auto found =
      std::find(classes.begin(), classes.end(), std::to_string(value));
    if (found == classes.end() && used)
      labels_.front().fail("label " + std::to_string(value)
                           + " is not a class of the model");
    return static_cast<int32_t>(found - classes.begin());
  }

  const idx_options& options_;
  const table_schema* known_;
  idx_stream images_;
  std::vector<idx_stream> labels_; // one or none
  table table_;
};

} // namespace

table read_idx(byte_source images,
               byte_source labels,
               const idx_options& options,
               const table_schema* known) {
  if (options.classes == 1 || options.classes > 256)
    throw std::invalid_argument("classes: expected 2 to 256, got "
                                + std::to_string(options.classes));
  return reader(std::move(images), std::move(labels), options, known).read();
}

} // namespace models
