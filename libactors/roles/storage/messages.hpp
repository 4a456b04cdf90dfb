#pragma once

#include <roles/storage/errors.hpp>

#include <caf/all.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The messages that the storage service understands, and its errors. Every
/// one is answered, by the type that its comment names or by a `storage_errc`
/// whose context is one text for people.
///
/// A transfer belongs to the actor that opened it: its messages must come from
/// there, and it ends when that actor does. One message at a time is in flight
/// for each transfer: the answer is the flow control.

namespace roles {

/// The most bytes that one message carries.
constexpr size_t max_transfer_bytes = size_t{1} << 20;

/// The most transfers that are open at once; `busy` beyond.
constexpr size_t max_transfers = 64;

/// What is stored: a name's version, or a blob without a name.
struct stored_entry {
  std::string name = {}; ///< empty: a blob
  int64_t version = 0;   ///< 0: a blob
  std::string sha256 = {};
  uint64_t bytes = 0;
  int64_t created_ms = 0; ///< since 1970; 0: a blob
};

/// Begins an upload. Answered by its token, uint64_t.
struct put_open {};

/// Adds bytes, at most `max_transfer_bytes`. Answered by the bytes so far,
/// uint64_t. An error ends the upload.
struct put_bytes {
  uint64_t token = 0;
  std::string bytes = {};
};

/// Makes the upload durable. Answered by `stored_entry`. Ends the upload, also
/// with an error: then nothing is visible.
struct put_finish {
  uint64_t token = 0;
  std::string name = {};   ///< gets the next version; empty: no name
  std::string sha256 = {}; ///< what the content must be; empty: anything
};

/// Begins a download. Answered by `get_opened`.
struct get_open {
  std::string name = {};   ///< NAME or NAME@VERSION; or empty and
  std::string sha256 = {}; ///< the blob
};

struct get_opened {
  uint64_t token = 0;
  stored_entry entry;
};

/// Answered by the next bytes, std::string: empty at the end, which ends the
/// download. Each part was verified.
struct get_next {
  uint64_t token = 0;
};

/// Gives an upload or download up. Answered by uint64_t 1, or 0 if it was over.
struct end_transfer {
  uint64_t token = 0;
};

/// Answered by `stored_entry`.
struct stat_name {
  std::string name = {}; ///< NAME or NAME@VERSION
};

/// Is this content here, whole? Answered by `stored_entry` or `not_found`.
struct stat_blob {
  std::string sha256 = {};
};

/// Answered by std::vector<stored_entry>: the newest version of each name.
struct list_names {
  std::string prefix = {};
};

/// Answered by uint64_t, how many versions were removed.
struct remove_name {
  std::string name = {}; ///< NAME: all versions; NAME@VERSION: one
};

/// Removes blobs that nothing refers to; also done from time to time. Answered
/// by `blobs_collected`.
struct collect_blobs {};

struct blobs_collected {
  uint64_t blobs = 0;
  uint64_t chunks = 0;
  uint64_t damaged =
    0; ///< unreadable manifests: while there are any, chunks stay
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_entry& x) {
  return f(caf::meta::type_name("stored_entry"), x.name, x.version, x.sha256,
           x.bytes, x.created_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, put_open&) {
  return f(caf::meta::type_name("put_open"));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, put_bytes& x) {
  return f(caf::meta::type_name("put_bytes"), x.token, x.bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, put_finish& x) {
  return f(caf::meta::type_name("put_finish"), x.token, x.name, x.sha256);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_open& x) {
  return f(caf::meta::type_name("get_open"), x.name, x.sha256);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_opened& x) {
  return f(caf::meta::type_name("get_opened"), x.token, x.entry);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_next& x) {
  return f(caf::meta::type_name("get_next"), x.token);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, end_transfer& x) {
  return f(caf::meta::type_name("end_transfer"), x.token);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stat_name& x) {
  return f(caf::meta::type_name("stat_name"), x.name);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stat_blob& x) {
  return f(caf::meta::type_name("stat_blob"), x.sha256);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_names& x) {
  return f(caf::meta::type_name("list_names"), x.prefix);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remove_name& x) {
  return f(caf::meta::type_name("remove_name"), x.name);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, collect_blobs&) {
  return f(caf::meta::type_name("collect_blobs"));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, blobs_collected& x) {
  return f(caf::meta::type_name("blobs_collected"), x.blobs, x.chunks,
           x.damaged);
}

} // namespace roles

CAF_ERROR_CODE_ENUM(roles::storage_errc, "storage")

CAF_BEGIN_TYPE_ID_BLOCK(lepton_storage, first_custom_type_id + 100)
CAF_ADD_TYPE_ID(lepton_storage, (roles::stored_entry))
CAF_ADD_TYPE_ID(lepton_storage, (roles::put_open))
CAF_ADD_TYPE_ID(lepton_storage, (roles::put_bytes))
CAF_ADD_TYPE_ID(lepton_storage, (roles::put_finish))
CAF_ADD_TYPE_ID(lepton_storage, (roles::get_open))
CAF_ADD_TYPE_ID(lepton_storage, (roles::get_opened))
CAF_ADD_TYPE_ID(lepton_storage, (roles::get_next))
CAF_ADD_TYPE_ID(lepton_storage, (roles::end_transfer))
CAF_ADD_TYPE_ID(lepton_storage, (roles::stat_name))
CAF_ADD_TYPE_ID(lepton_storage, (roles::stat_blob))
CAF_ADD_TYPE_ID(lepton_storage, (roles::list_names))
CAF_ADD_TYPE_ID(lepton_storage, (roles::remove_name))
CAF_ADD_TYPE_ID(lepton_storage, (roles::collect_blobs))
CAF_ADD_TYPE_ID(lepton_storage, (roles::blobs_collected))
CAF_ADD_TYPE_ID(lepton_storage, (std::vector<roles::stored_entry>))
CAF_END_TYPE_ID_BLOCK(lepton_storage)

namespace roles {

/// An error whose context is one text for people.
caf::error make_storage_error(storage_errc code, std::string text);

/// Registers the messages above and lets `actor_system::render` print the
/// errors by their text. Call before the actor system is made.
void add_storage_types(caf::actor_system_config& cfg);

} // namespace roles
