#include <models/data/csv_reader.hpp>
#include <models/data/idx_reader.hpp>
#include <models/data/tensor_table.hpp>
#include <roles/compute/job_data.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>

namespace roles {

namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument{what};
}

void allow(const json& object,
           const std::string& where,
           const std::set<std::string>& names) {
  if (!object.is_object())
    refuse(where + ": expected an object");
  for (auto& [name, value] : object.items())
    if (!names.contains(name))
      refuse(where + "." + name + ": unknown field");
}

std::string
text_of(const json& object, const std::string& where, const char* name) {
  auto i = object.find(name);
  if (i == object.end())
    return {};
  if (!i->is_string())
    refuse(where + "." + name + ": expected a text");
  return i->get<std::string>();
}

data_file parse_file(const json& object,
                     const std::string& where,
                     const name_table& names,
                     chunk_store& store) {
  data_file file{text_of(object, where, "path"),
                 text_of(object, where, "blob")};
  auto name = text_of(object, where, "name");
  if (name.empty() == file.blob.empty())
    refuse(where
           + ": give either 'blob' (the SHA-256 of an uploaded file) or "
             "'name' (of a stored one)");
  if (!name.empty())
    file.blob = names.find(name).sha256;
  if (file.path.empty())
    file.path = name.empty() ? file.blob : name;
  if (!store.stat(file.blob))
    throw storage_error{storage_errc::not_found,
                        file.path
                          + ": its content is not stored here; upload "
                            "it first"};
  return file;
}

std::vector<std::string> words_of(const json& value, const char* name) {
  std::vector<std::string> words;
  if (!value.is_array())
    refuse(std::string{"data.options."} + name + ": expected a list of names");
  for (auto& x : value) {
    if (!x.is_string())
      refuse(std::string{"data.options."} + name + ": expected names");
    words.push_back(x.get<std::string>());
  }
  return words;
}

uint32_t count_of(const json& value, const char* name) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > UINT32_MAX)
    refuse(std::string{"data.options."} + name + ": expected a whole number");
  return value.get<uint32_t>();
}

char delimiter_of(const json& value) {
  auto text = value.is_string() ? value.get<std::string>() : "";
  if (text == "\\t" || text == "tab")
    return '\t';
  if (text.size() != 1)
    refuse("data.options.delimiter: expected one character");
  return text[0];
}

void parse_options(const json& object, data_request& request) {
  auto& out = request.options;
  allow(object, "data.options",
        {"label", "header", "delimiter", "drop", "text", "missing", "max_line",
         "classes"});
  for (auto& [name, value] : object.items()) {
    if (name == "label") {
      out.label = text_of(object, "data.options", "label");
      request.names_label = true;
    } else if (name == "header" && value.is_boolean())
      out.header = value.get<bool>();
    else if (name == "header")
      refuse("data.options.header: expected true or false");
    else if (name == "delimiter")
      out.delimiter = delimiter_of(value);
    else if (name == "drop")
      out.drop = words_of(value, "drop");
    else if (name == "text")
      out.text = words_of(value, "text");
    else if (name == "missing")
      out.missing =
        models::missing_policy_from(text_of(object, "data.options", "missing"));
    else if (name == "max_line")
      out.max_line = count_of(value, "max_line");
    else
      out.classes = value.is_null() ? 0 : count_of(value, "classes");
  }
  models::check(out);
}

models::byte_source source_of(chunk_store& store, const std::string& blob) {
  auto reader = std::make_shared<blob_reader>(store.open_blob(blob));
  return models::chunk_source([reader] { return reader->next(); });
}

/// Only some kinds of jobs go without.
void require_file(const data_request& request) {
  if (request.empty())
    refuse("data: give either 'blob' (the SHA-256 of an uploaded file) or "
           "'name' (of a stored one)");
}

bool is_tensor_table(const data_request& request, chunk_store& store) {
  return models::is_safetensors(store.open_blob(request.data.blob).next());
}

json file_json(const data_file& file) {
  return {{"path", file.path}, {"blob", file.blob}};
}

} // namespace

data_request parse_data(const json& data,
                        const name_table& names,
                        chunk_store& store,
                        const models::pipeline* model) {
  allow(data, "data", {"path", "blob", "name", "labels", "options"});
  data_request request;
  if (data.empty())
    return request;
  request.data = parse_file(data, "data", names, store);
  if (auto i = data.find("labels"); i != data.end() && !i->is_null()) {
    allow(*i, "data.labels", {"path", "blob", "name"});
    request.labels = parse_file(*i, "data.labels", names, store);
  }
  if (model != nullptr)
    request.options.missing = model->steps.missing;
  if (auto i = data.find("options"); i != data.end())
    parse_options(*i, request);
  request.options.path = request.data.path;
  return request;
}

json to_json(const data_request& request) {
  if (request.empty())
    return json::object();
  auto& o = request.options;
  auto result = file_json(request.data);
  if (request.labels)
    result["labels"] = file_json(*request.labels);
  result["options"] = {{"header", o.header},
                       {"delimiter", std::string(1, o.delimiter)},
                       {"drop", o.drop},
                       {"text", o.text},
                       {"missing", models::to_string(o.missing)},
                       {"max_line", o.max_line},
                       {"classes", o.classes}};
  if (request.names_label)
    result["options"]["label"] = o.label;
  return result;
}

models::table load_table(const data_request& request,
                         chunk_store& store,
                         const models::table_schema* known,
                         models::label_need labels) {
  require_file(request);
  auto options = request.options;
  options.labels = labels;
  if (!request.labels && is_tensor_table(request, store))
    return models::read_tensor_table(
      read_blob(store, request.data.blob, options.max_bytes), options, known);
  auto data = models::unpacked(source_of(store, request.data.blob),
                               request.data.path, options.max_bytes);
  if (!request.labels)
    return models::read_csv(std::move(data), options, known);
  models::idx_options idx;
  idx.images = request.data.path;
  idx.labels = request.labels->path;
  idx.classes = options.classes;
  auto label_bytes = models::unpacked(source_of(store, request.labels->blob),
                                      request.labels->path, options.max_bytes);
  return models::read_idx(std::move(data), std::move(label_bytes), idx, known);
}

namespace {

/// Values of a block: 4 MiB of them.
constexpr size_t block_values = size_t{1} << 20;

/// Texts are small: the largest is a process of many states.
constexpr uint64_t max_text = uint64_t{1} << 30;

std::string load_text(const data_request& request, chunk_store& store) {
  auto source = models::unpacked(source_of(store, request.data.blob),
                                 request.data.path, max_text);
  std::string text;
  std::array<char, 65536> part;
  while (auto n = source(part.data(), part.size()))
    text.append(part.data(), n);
  return text;
}

/// With the label that is named, else one that is called so, if any.
models::table load_unlabelled(data_request request, chunk_store& store) {
  using models::label_need;
  auto need = label_need::required;
  if (!request.labels && !request.names_label) {
    request.options.label = "label";
    need = label_need::optional;
  } else if (!request.labels && request.options.label == "none") {
    need = label_need::none;
  }
  return load_table(request, store, nullptr, need);
}

} // namespace

kind_data load_data(const data_request& request,
                    chunk_store& store,
                    models::data_need need) {
  kind_data result;
  if (request.empty()) {
    if (need != models::data_need::optional_text)
      refuse("data: give a file or a stored name");
    return result;
  }
  switch (need) {
  case models::data_need::labelled:
    result.table = load_table(request, store);
    break;
  case models::data_need::numbers:
    if (request.labels)
      refuse("data.labels: IDX labels are classes; --task classification");
    result.table =
      load_table(request, store, nullptr, models::label_need::numbers);
    break;
  case models::data_need::unlabelled:
    result.table = load_unlabelled(request, store);
    break;
  default:
    result.text = load_text(request, store);
  }
  return result;
}

models::kind_input input_of(const data_request& request,
                            const kind_data& data,
                            const json& params) {
  return {data.table ? &*data.table : nullptr, data.text, request.data.path,
          params, request.data.blob};
}

table_stream::table_stream(const data_request& request,
                           chunk_store& store,
                           const models::table_schema& known,
                           models::label_need labels)
  : rows_(std::max<size_t>(
    1, block_values / std::max<size_t>(1, known.columns.size()))) {
  require_file(request);
  if (request.labels || is_tensor_table(request, store)) {
    whole_ = load_table(request, store, &known, labels);
    return;
  }
  auto options = request.options;
  options.labels = labels;
  options.max_bytes = UINT64_MAX; // it is not kept
  csv_.emplace(source_of(store, request.data.blob), options, known);
}

const models::table* table_stream::next() {
  if (csv_)
    return csv_->next(rows_);
  return std::exchange(ended_, true) ? nullptr : &*whole_;
}

models::data_report table_stream::report() const {
  return csv_ ? csv_->report() : whole_->report;
}

std::string
read_blob(chunk_store& store, const std::string& sha256, uint64_t limit) {
  auto reader = store.open_blob(sha256);
  if (reader.stat().bytes > limit)
    throw storage_error{storage_errc::too_large,
                        "blob " + sha256 + " has more than "
                          + std::to_string(limit) + " bytes"};
  std::string bytes;
  bytes.reserve(reader.stat().bytes);
  for (auto part = reader.next(); !part.empty(); part = reader.next())
    bytes += part;
  return bytes;
}

} // namespace roles
