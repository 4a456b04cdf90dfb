#include <models/io/sha256.hpp>
#include <roles/controller/strict_json.hpp>
#include <roles/storage/name_table.hpp>

#include <algorithm>

namespace roles {

namespace {

/// How often a put tries again when others put the same name.
constexpr int max_tries = 64;

std::string encode(const named_blob& b) {
  return dump(
    {{"sha256", b.sha256}, {"bytes", b.bytes}, {"created_ms", b.created_ms}});
}

named_blob decode(const versioned_record& r) {
  auto origin =
    "record of name '" + r.name + '@' + std::to_string(r.version) + "'";
  try {
    auto reader = record_reader::parse(r.value, origin);
    named_blob b{r.name, r.version, reader.text("sha256"),
                 static_cast<uint64_t>(reader.number("bytes")),
                 reader.number("created_ms")};
    reader.done();
    if (!models::is_sha256_hex(b.sha256))
      throw record_error(origin + ": 'sha256': expected a hash");
    return b;
  } catch (const record_error& e) {
    throw storage_error(storage_errc::corrupt, e.what());
  }
}

template <class F>
auto checked(F f) {
  try {
    return f();
  } catch (const name_error& e) {
    throw storage_error(storage_errc::invalid_name, e.what());
  }
}

[[noreturn]] void not_found(const versioned_name& n) {
  auto text = "no stored name '" + n.name + "'";
  if (n.version)
    text = "'" + n.name + "' has no version " + std::to_string(*n.version);
  throw storage_error(storage_errc::not_found, text);
}

} // namespace

named_blob name_table::put(const std::string& name,
                           const std::string& sha256,
                           uint64_t bytes,
                           int64_t created_ms) {
  for (int i = 0; i < max_tries; ++i) {
    auto claim = checked([&] { return names_.claim_next(name); });
    named_blob b{name, claim.version, sha256, bytes, created_ms};
    meta_txn txn{{claim.unchanged},
                 {claim.next, {names_.key(name, b.version), encode(b), 0}},
                 {}};
    if (store_.apply(std::move(txn)).succeeded)
      return b;
  }
  throw storage_error(storage_errc::conflict,
                      "others keep storing '" + name + "': try again");
}

void name_table::check(std::string_view name) {
  checked([&] { check_name(name); });
}

named_blob name_table::find(std::string_view name) const {
  auto wanted = checked([&] { return parse_versioned(name); });
  auto found = names_.find(wanted);
  if (!found)
    not_found(wanted);
  return decode(*found);
}

std::vector<named_blob> name_table::list(std::string_view prefix) const {
  std::vector<named_blob> out;
  for (auto& r : names_.list(prefix)) {
    if (!out.empty() && out.back().name == r.name)
      out.back() = decode(r); // versions come in order: the last one stays
    else
      out.push_back(decode(r));
  }
  return out;
}

size_t name_table::remove(std::string_view name) {
  auto wanted = checked([&] { return parse_versioned(name); });
  std::vector<std::string> keys;
  for (auto& r : names_.versions(wanted.name))
    if (!wanted.version || *wanted.version == r.version)
      keys.push_back(names_.key(r.name, r.version));
  if (keys.empty())
    not_found(wanted);
  // oldest first: cut short, the newest version still stands for the name
  for (size_t at = 0; at < keys.size(); at += max_meta_ops) {
    auto n = std::min(max_meta_ops, keys.size() - at);
    auto from = keys.begin() + static_cast<ptrdiff_t>(at);
    meta_txn txn;
    txn.deletes.assign(from, from + static_cast<ptrdiff_t>(n));
    store_.apply(std::move(txn));
  }
  return keys.size();
}

std::set<std::string> name_table::blobs() const {
  std::set<std::string> out;
  for (auto& r : names_.list(""))
    out.insert(decode(r).sha256);
  return out;
}

} // namespace roles
