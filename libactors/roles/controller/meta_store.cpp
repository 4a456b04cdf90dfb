#include <roles/controller/meta_store.hpp>

#include <memory>
#include <set>

namespace roles {

namespace {

void check_key(const std::string& key) {
  if (key.empty() || key.size() > max_meta_key)
    throw meta_error(meta_errc::invalid, "key of " + std::to_string(key.size())
                                           + " bytes: expected 1 to "
                                           + std::to_string(max_meta_key));
  for (auto c : key)
    if (c < 0x21 || c > 0x7e)
      throw meta_error(meta_errc::invalid,
                       "key with a blank, control or non-ASCII byte");
}

void check_written(const std::string& key, std::set<std::string_view>& seen) {
  check_key(key);
  if (!seen.insert(key).second)
    throw meta_error(meta_errc::invalid,
                     "key '" + key + "' is written twice in a transaction");
}

std::string election_key(std::string_view election) {
  return "election/" + std::string(election);
}

} // namespace

void check(const meta_txn& txn) {
  if (txn.compare.size() > max_meta_ops
      || txn.puts.size() + txn.deletes.size() > max_meta_ops)
    throw meta_error(meta_errc::invalid, "a transaction has at most "
                                           + std::to_string(max_meta_ops)
                                           + " operations");
  for (auto& c : txn.compare)
    check_key(c.key);
  std::set<std::string_view> seen;
  for (auto& p : txn.puts) {
    check_written(p.key, seen);
    if (p.value.size() > max_meta_value)
      throw meta_error(meta_errc::invalid, "value of key '" + p.key + "' has "
                                             + std::to_string(p.value.size())
                                             + " bytes: at most "
                                             + std::to_string(max_meta_value));
  }
  for (auto& k : txn.deletes)
    check_written(k, seen);
}

std::future<txn_result> meta_store::commit(meta_txn txn) {
  auto promise = std::make_shared<std::promise<txn_result>>();
  auto result = promise->get_future();
  submit(std::move(txn), [promise](txn_outcome out) {
    if (out.error)
      promise->set_exception(out.error);
    else
      promise->set_value(out.result);
  });
  return result;
}

std::optional<leadership> meta_store::campaign(std::string_view election,
                                               std::string candidate,
                                               int64_t lease) {
  auto key = election_key(election);
  auto result = apply({{{key, meta_compare::field::create_revision, 0}},
                       {{key, std::move(candidate), lease}},
                       {}});
  if (!result.succeeded)
    return std::nullopt;
  return leadership{std::move(key), result.revision};
}

bool meta_store::resign(const leadership& held) {
  return apply({{held.fence()}, {}, {held.key}}).succeeded;
}

std::optional<std::string> meta_store::leader(std::string_view election) {
  auto record = get(election_key(election));
  if (!record)
    return std::nullopt;
  return std::move(record->value);
}

} // namespace roles
