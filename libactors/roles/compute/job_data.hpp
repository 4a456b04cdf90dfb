#pragma once

#include <models/data/csv_reader.hpp>
#include <models/data/pipeline.hpp>
#include <models/kinds/kind.hpp>
#include <roles/storage/chunk_store.hpp>
#include <roles/storage/name_table.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

/// The data of a job, an evaluation or a prediction: which blobs, how to read
/// them. Blocks on the disk; for actors with a thread of their own.
namespace roles {

/// A file: where its bytes are and how people call it.
struct data_file {
  std::string path; ///< as typed
  std::string blob; ///< SHA-256
};

struct data_request {
  data_file data;
  std::optional<data_file> labels; ///< given: `data` are IDX images
  bool names_label = false; ///< the options say which column is the label
  models::table_options options;

  /// Whether there is none at all: some kinds need none.
  bool empty() const { return data.blob.empty(); }
};

/// Reads the `data` object of docs/api.md, strictly, and looks names up.
/// @throws std::invalid_argument for a wrong field, `storage_error` for a name
/// or blob that is not there
/// @param model whose policy for missing values holds unless `data` has one
data_request parse_data(const nlohmann::json& data,
                        const name_table& names,
                        chunk_store& store,
                        const models::pipeline* model = nullptr);

/// The same as JSON, with blobs for names, so that a job that is replayed or
/// goes on after a restart reads the same bytes.
nlohmann::json to_json(const data_request& request);

/// Reads the whole table, checking all of it.
/// @param known the schema that the file has to fit (evaluation, prediction)
/// @throws models::data_error with file, line and column; `storage_error`
models::table
load_table(const data_request& request,
           chunk_store& store,
           const models::table_schema* known = nullptr,
           models::label_need labels = models::label_need::required);

/// Data as a kind wants it: a table or a text.
struct kind_data {
  std::optional<models::table> table;
  std::string text;
};

/// The data of a job of a kind that needs `need`. A clustering uses a label
/// column only if one is named or it is called "label"; `none` stands for none.
/// @throws as `load_table`; std::invalid_argument if there is no data where
/// some is needed
kind_data load_data(const data_request& request,
                    chunk_store& store,
                    models::data_need need);

/// What a kind makes a run of. `data` and `params` have to outlive it.
models::kind_input input_of(const data_request& request,
                            const kind_data& data,
                            const nlohmann::json& params);

/// Reads a table in blocks by the schema of a model: memory for one block of a
/// CSV file, however long it is; other files are one block.
class table_stream {
public:
  table_stream(const data_request& request,
               chunk_store& store,
               const models::table_schema& known,
               models::label_need labels);

  /// The next rows, until the next call; nullptr at the end.
  /// @throws as `load_table`
  const models::table* next();

  /// What was read so far.
  models::data_report report() const;

private:
  std::optional<models::csv_stream> csv_;
  std::optional<models::table> whole_; ///< the one block of another file
  size_t rows_;                        ///< of a block
  bool ended_ = false;
};

/// All bytes of a blob of at most `limit` bytes.
/// @throws `storage_error`
std::string
read_blob(chunk_store& store, const std::string& sha256, uint64_t limit);

} // namespace roles
