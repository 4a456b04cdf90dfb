#include <models/core/error.hpp>

#include <algorithm>
#include <formats/hdf5_file.hpp>
#include <hdf5.h>
#include <stdexcept>
#include <utility>

namespace formats {

namespace {

constexpr uint64_t max_elements = uint64_t{1} << 28;
constexpr size_t max_texts = 10'000;
constexpr size_t max_text = size_t{1} << 26;

/// An id of the library that is given back.
class handle {
public:
  using closer = herr_t (*)(hid_t);

  handle(hid_t id, closer close) : id_(id), close_(close) {}

  handle(handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

  handle& operator=(handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }

  ~handle() {
    if (id_ >= 0)
      close_(id_);
  }

  bool good() const { return id_ >= 0; }

  operator hid_t() const { return id_; }

private:
  hid_t id_;
  closer close_;
};

/// It would print every error; we say them ourselves.
void be_silent() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

/// For a file in memory.
handle memory_access() {
  handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  if (!access.good() || H5Pset_fapl_core(access, size_t{1} << 20, false) < 0)
    throw std::runtime_error("hdf5: no memory file");
  return access;
}

handle text_type(size_t size) {
  handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(type, size);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  return type;
}

void require(bool good, const std::string& what) {
  if (!good)
    throw std::runtime_error("hdf5: cannot write " + what);
}

} // namespace

// -- writer -------------------------------------------------------------------

struct hdf5_writer::state {
  handle file;

  handle group(const std::string& path) {
    return {H5Gopen2(file, path.c_str(), H5P_DEFAULT), H5Gclose};
  }
};

hdf5_writer::hdf5_writer() {
  be_silent();
  auto access = memory_access();
  handle file{H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, access),
              H5Fclose};
  require(file.good(), "a file");
  state_ = std::make_unique<state>(state{std::move(file)});
}

hdf5_writer::~hdf5_writer() = default;

void hdf5_writer::add_group(const std::string& path) {
  handle links{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
  H5Pset_create_intermediate_group(links, 1);
  handle group{
    H5Gcreate2(state_->file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
    H5Gclose};
  require(group.good(), path);
}

void hdf5_writer::add_text(const std::string& path,
                           const std::string& name,
                           const std::string& text) {
  auto group = state_->group(path);
  auto type = text_type(H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  handle space{H5Screate(H5S_SCALAR), H5Sclose};
  handle attribute{
    H5Acreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
    H5Aclose};
  auto start = text.c_str();
  require(attribute.good() && H5Awrite(attribute, type, &start) >= 0, name);
}

void hdf5_writer::add_texts(const std::string& path,
                            const std::string& name,
                            const std::vector<std::string>& texts) {
  auto group = state_->group(path);
  size_t width = 1;
  for (auto& text : texts)
    width = std::max(width, text.size());
  std::string all;
  for (auto text : texts) {
    text.resize(width);
    all += text;
  }
  auto type = text_type(width);
  hsize_t count = texts.size();
  handle space{H5Screate_simple(1, &count, nullptr), H5Sclose};
  handle attribute{
    H5Acreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
    H5Aclose};
  require(attribute.good()
            && (texts.empty() || H5Awrite(attribute, type, all.data()) >= 0),
          name);
}

void hdf5_writer::add_floats(const std::string& path,
                             std::span<const uint64_t> shape,
                             std::span<const float> values) {
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  handle space{
    H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
    H5Sclose};
  handle links{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
  H5Pset_create_intermediate_group(links, 1);
  handle how{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  H5Pset_obj_track_times(how, false); // equal models make equal files
  handle data{H5Dcreate2(state_->file, path.c_str(), H5T_IEEE_F32LE, space,
                         links, how, H5P_DEFAULT),
              H5Dclose};
  require(data.good()
            && H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        values.data())
                 >= 0,
          path);
}

std::string hdf5_writer::bytes() const {
  H5Fflush(state_->file, H5F_SCOPE_GLOBAL);
  auto size = H5Fget_file_image(state_->file, nullptr, 0);
  require(size > 0, "the file");
  std::string image(static_cast<size_t>(size), '\0');
  require(H5Fget_file_image(state_->file, image.data(), image.size()) == size,
          "the file");
  return image;
}

// -- reader -------------------------------------------------------------------

struct hdf5_reader::state {
  std::string path;
  handle file;

  [[noreturn]] void fail(const std::string& what) const {
    throw models::data_error(path + ": " + what);
  }

  /// Whether something is there that each link of the way has inside this file.
  bool has(const std::string& place) const {
    for (size_t end = 1; place != "/" && end != std::string::npos;) {
      end = place.find('/', end);
      auto part = place.substr(0, end);
      if (end != std::string::npos)
        ++end;
      H5L_info_t info{};
      if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0)
        return false;
      if (H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) < 0
          || info.type != H5L_TYPE_HARD)
        fail(part + " is a link; only what is in the file itself is read");
    }
    return true;
  }

  handle attribute(const std::string& place, const std::string& name) const {
    if (!has(place))
      fail("no group " + place);
    handle a{H5Aopen_by_name(file, place.c_str(), name.c_str(), H5P_DEFAULT,
                             H5P_DEFAULT),
             H5Aclose};
    if (!a.good())
      fail(place + " has no attribute " + name);
    return a;
  }

  std::vector<std::string> read(const handle& attribute,
                                const std::string& name) const;
  std::vector<std::string> read_fixed(const handle& attribute,
                                      size_t width,
                                      size_t count,
                                      const std::string& name) const;
  std::vector<std::string> read_variable(const handle& attribute,
                                         size_t count,
                                         const std::string& name) const;
  void check_layout(const handle& data, const std::string& place) const;
};

std::vector<std::string>
hdf5_reader::state::read_fixed(const handle& attribute,
                               size_t width,
                               size_t count,
                               const std::string& name) const {
  if (width == 0 || width > max_text || count > max_text / width)
    fail("attribute " + name + " is too large");
  std::string all(width * count, '\0');
  auto type = text_type(width);
  handle own{H5Aget_type(attribute), H5Tclose};
  H5Tset_cset(type, H5Tget_cset(own));
  if (H5Aread(attribute, type, all.data()) < 0)
    fail("attribute " + name + " cannot be read");
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    auto text = all.substr(i * width, width);
    text.resize(std::min(text.size(), text.find('\0')));
    result.push_back(std::move(text));
  }
  return result;
}

std::vector<std::string> hdf5_reader::state::read_variable(
  const handle& attribute, size_t count, const std::string& name) const {
  handle type{H5Aget_type(attribute), H5Tclose};
  handle space{H5Aget_space(attribute), H5Sclose};
  std::vector<char*> texts(count, nullptr);
  if (H5Aread(attribute, type, texts.data()) < 0)
    fail("attribute " + name + " cannot be read");
  std::vector<std::string> result;
  for (auto text : texts)
    result.emplace_back(text ? text : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
  return result;
}

std::vector<std::string>
hdf5_reader::state::read(const handle& attribute,
                         const std::string& name) const {
  handle type{H5Aget_type(attribute), H5Tclose};
  handle space{H5Aget_space(attribute), H5Sclose};
  auto count = H5Sget_simple_extent_npoints(space);
  if (H5Tget_class(type) != H5T_STRING)
    fail("attribute " + name + " holds no text");
  if (count < 0 || static_cast<size_t>(count) > max_texts)
    fail("attribute " + name + " holds more than 10000 texts");
  if (count == 0)
    return {};
  auto n = static_cast<size_t>(count);
  return H5Tis_variable_str(type) > 0
           ? read_variable(attribute, n, name)
           : read_fixed(attribute, H5Tget_size(type), n, name);
}

/// The values of an array have to be in this file, and all of them.
void hdf5_reader::state::check_layout(const handle& data,
                                      const std::string& place) const {
  handle how{H5Dget_create_plist(data), H5Pclose};
  auto layout = H5Pget_layout(how);
  if (H5Pget_external_count(how) != 0 || layout == H5D_VIRTUAL || layout < 0)
    fail(place + " lies in another file");
  if (H5Dget_storage_size(data) == 0)
    fail(place + " has no values");
}

hdf5_reader::hdf5_reader(std::string_view bytes, std::string path) {
  be_silent();
  auto access = memory_access();
  // The library copies what it is given, and asks for no const.
  auto image = const_cast<char*>(bytes.data());
  handle file{-1, H5Fclose};
  if (H5Pset_file_image(access, image, bytes.size()) >= 0)
    file = handle{H5Fopen("memory", H5F_ACC_RDONLY, access), H5Fclose};
  if (!file.good())
    throw models::data_error(
      path
      + ": not an HDF5 file, or cut short or damaged; "
        "of Keras it must be a whole model saved as .h5");
  state_ = std::make_unique<state>(state{std::move(path), std::move(file)});
}

hdf5_reader::~hdf5_reader() = default;

void hdf5_reader::fail(const std::string& what) const {
  state_->fail(what);
}

bool hdf5_reader::has(const std::string& path) const {
  return state_->has(path);
}

bool hdf5_reader::has_text(const std::string& path,
                           const std::string& name) const {
  return state_->has(path)
         && H5Aexists_by_name(state_->file, path.c_str(), name.c_str(),
                              H5P_DEFAULT)
              > 0;
}

std::string hdf5_reader::text(const std::string& path,
                              const std::string& name) const {
  auto texts = state_->read(state_->attribute(path, name), name);
  if (texts.size() != 1)
    state_->fail("attribute " + name + " is not one text");
  return texts[0];
}

std::vector<std::string> hdf5_reader::texts(const std::string& path,
                                            const std::string& name) const {
  if (has_text(path, name) || !has_text(path, name + "0"))
    return state_->read(state_->attribute(path, name), name);
  std::vector<std::string> all;
  for (size_t i = 0; has_text(path, name + std::to_string(i)); ++i) {
    auto part = name + std::to_string(i);
    for (auto& text : state_->read(state_->attribute(path, part), part))
      all.push_back(std::move(text));
    if (all.size() > max_texts)
      state_->fail("attribute " + name + " holds more than 10000 texts");
  }
  return all;
}

hdf5_reader::array hdf5_reader::floats(const std::string& path) const {
  if (!state_->has(path))
    state_->fail("no array " + path);
  handle data{H5Dopen2(state_->file, path.c_str(), H5P_DEFAULT), H5Dclose};
  if (!data.good())
    state_->fail(path + " is no array");
  handle type{H5Dget_type(data), H5Tclose};
  if (H5Tget_class(type) != H5T_FLOAT)
    state_->fail(path + " holds no floating-point numbers");
  handle space{H5Dget_space(data), H5Sclose};
  auto rank = H5Sget_simple_extent_ndims(space);
  auto count = H5Sget_simple_extent_npoints(space);
  if (rank < 0 || rank > 8 || count < 1
      || static_cast<uint64_t>(count) > max_elements)
    state_->fail(path
                 + " is empty, has more than 8 dimensions, or more than "
                   "2^28 numbers");
  state_->check_layout(data, path);
  std::vector<hsize_t> sizes(static_cast<size_t>(rank));
  if (rank > 0)
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  array result{{sizes.begin(), sizes.end()}, {}};
  result.values.resize(static_cast<size_t>(count));
  if (H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              result.values.data())
      < 0)
    state_->fail(path + " cannot be read: the file is damaged");
  return result;
}

} // namespace formats
