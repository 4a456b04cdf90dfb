#include <models/core/error.hpp>
#include <models/io/model_file.hpp>
#include <models/io/sha256.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/exchange.hpp>
#include <shell/jobs/guarded.hpp>
#include <shell/jobs/upload.hpp>
#include <shell/net/fields.hpp>
#include <shell/net/local_file.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cstring>
#include <formats/keras.hpp>
#include <formats/onnx.hpp>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr uint64_t max_model = uint64_t{1} << 32;
constexpr std::string_view hdf5_begin = "\x89HDF\r\n\x1a\n";

std::string hash_of(std::string_view bytes) {
  models::sha256 sum;
  sum.update(bytes);
  return sum.finish_hex();
}

/// The file of a model as the node keeps it.
std::string fetch(context& c, const json& record) {
  auto hash = text_of(record, "sha256");
  auto name = text_of(record, "name");
  std::string bytes;
  http_request request;
  request.path = "/store";
  request.query = {{"sha256", hash}};
  transfer_line shown(c, "fetching " + name);
  request.write = [&](std::string_view part) { bytes += part; };
  request.progress = [&](uint64_t at, uint64_t of) { shown.show(at, of); };
  c.api.send(std::move(request));
  if (hash_of(bytes) != hash)
    throw refusal(name + ": what arrived is not what the node promised");
  return bytes;
}

/// What follows the last dot of a name.
std::string suffix_of(const std::string& file) {
  auto name = file.substr(file.rfind('/') + 1);
  auto dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(dot + 1);
}

struct exported {
  std::string bytes;
  std::vector<std::string> left_out;
};

exported converted(const std::string& bytes,
                   const std::string& name,
                   const std::string& format) {
  if (format == "safetensors")
    return {bytes, {}};
  auto model = models::read_model(bytes, "", name);
  auto left_out = formats::take_apart(model, name).left_out;
  return {format == "onnx" ? formats::onnx_file(model, name)
                           : formats::keras_file(model, name),
          std::move(left_out)};
}

std::string read_whole(const local_file& file) {
  if (file.bytes() > max_model)
    throw refusal(file.path() + ": larger than 4 GiB");
  std::string bytes(file.bytes(), '\0');
  for (size_t at = 0; at < bytes.size();)
    at += file.read(bytes.data() + at, bytes.size() - at, at);
  return bytes;
}

/// The model of a file as one of ours.
std::string as_ours(const std::string& bytes, const std::string& path) {
  if (bytes.starts_with(hdf5_begin))
    return guarded(path, [&] {
      return models::write_model(formats::read_keras(bytes, path));
    });
  if (suffix_of(path) == "onnx")
    throw refusal(path + ": ONNX files are written, not read");
  models::read_model(bytes, "", path); // says what is wrong
  return bytes;
}

std::string send(context& c, const std::string& path, std::string_view bytes) {
  auto hash = hash_of(bytes);
  transfer_line shown(c, "sending " + path);
  http_request request;
  request.method = "PUT";
  request.path = "/blobs";
  request.query = {{"sha256", hash}};
  request.content_type = "application/octet-stream";
  request.body_bytes = bytes.size();
  request.read = [bytes](char* to, size_t n, uint64_t at) {
    auto part = bytes.substr(std::min<size_t>(at, bytes.size()), n);
    std::memcpy(to, part.data(), part.size());
    return part.size();
  };
  request.progress = [&](uint64_t at, uint64_t of) { shown.show(at, of); };
  c.api.send_json(std::move(request));
  return hash;
}

std::string model_path(const std::string& name) {
  return "/models/" + percent_encode(name);
}

} // namespace

int export_model(context& c,
                 const std::string& model,
                 const std::string& file) {
  auto format = suffix_of(file);
  if (format != "safetensors" && format != "h5" && format != "onnx")
    throw usage_error("models: " + file
                      + ": expected a name that ends in .safetensors, .h5 or "
                        ".onnx");
  auto record = c.api.get(model_path(model));
  exported result;
  try {
    result = converted(fetch(c, record), model, format);
  } catch (const models::data_error& e) {
    throw refusal(e.what());
  }
  new_file out(file);
  out.write(result.bytes);
  out.commit();
  if (c.wants_json()) {
    c.print({{"model", record.at("name")},
             {"version", record.at("version")},
             {"file", file},
             {"format", format},
             {"bytes", result.bytes.size()},
             {"left_out", result.left_out}});
    return done;
  }
  c.out << printable(file) << "  "
        << bytes_text(static_cast<double>(result.bytes.size())) << '\n';
  for (auto& what : result.left_out)
    c.out << "  to be done before: " << what << '\n';
  return done;
}

int import_model(context& c, const std::string& file, const std::string& name) {
  std::string bytes;
  try {
    bytes = as_ours(read_whole(local_file(file)), file);
  } catch (const models::data_error& e) {
    throw refusal(e.what());
  }
  auto hash = send(c, file, bytes);
  auto record = c.api.post(model_path(name), {{"blob", hash}, {"path", file}});
  if (c.wants_json()) {
    c.print(record);
    return done;
  }
  c.out << c.look.paint(tone::accent, printable(text_of(record, "name"))) << '@'
        << count_of(record, "version") << "  "
        << printable(text_of(record, "kind")) << "  "
        << count_of(record, "inputs") << " inputs\n";
  return done;
}

} // namespace lepton_shell
