#include <roles/storage/storage_service.hpp>

#include <chrono>

namespace roles {

const char* storage_state::name = "storage";

namespace {

using self_ptr = caf::stateful_actor<storage_state>*;

// to oneself: time to remove what nothing refers to
using collect_tick = caf::atom_constant<caf::atom("collect")>;

int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

storage_errc code_of(meta_errc code) {
  switch (code) {
  case meta_errc::full:
    return storage_errc::full;
  case meta_errc::read_only:
    return storage_errc::read_only;
  case meta_errc::busy:
    return storage_errc::busy;
  default:
    return storage_errc::state_store;
  }
}

/// The one place where exceptions become errors. What is none of these is a
/// fault of ours: it ends the actor, and the supervisor starts it again.
template <class F>
auto guarded(F f) -> caf::result<decltype(f())> {
  try {
    return {f()};
  } catch (const storage_error& e) {
    return make_storage_error(e.code(), e.what());
  } catch (const meta_error& e) {
    return make_storage_error(code_of(e.code()), e.what());
  }
}

stored_entry entry_of(const named_blob& b) {
  return {b.name, b.version, b.sha256, b.bytes, b.created_ms};
}

// -- transfers ----------------------------------------------------------------

uint64_t open_transfer(self_ptr self,
                       std::variant<blob_writer, blob_reader> what) {
  auto& st = self->state;
  auto owner = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (!owner)
    throw storage_error(storage_errc::bad_token,
                        "a transfer needs an actor that owns it");
  if (st.owners[owner]++ == 0)
    self->monitor(owner);
  auto token = ++st.last_token;
  st.transfers.emplace(token, transfer{owner, std::move(what)});
  return token;
}

void require_room(self_ptr self) {
  if (self->state.transfers.size() >= max_transfers)
    throw storage_error(storage_errc::busy,
                        std::to_string(max_transfers)
                          + " transfers are open: try again");
}

void close_transfer(self_ptr self, uint64_t token) {
  auto& st = self->state;
  auto it = st.transfers.find(token);
  auto owner = it->second.owner;
  st.transfers.erase(it);
  if (--st.owners[owner] == 0) {
    st.owners.erase(owner);
    self->demonitor(owner);
  }
}

/// Ends a transfer when the scope is left, unless told to keep it.
class ending {
public:
  ending(self_ptr self, uint64_t token) : self_(self), token_(token) {}

  ending(const ending&) = delete;
  ending& operator=(const ending&) = delete;

  ~ending() {
    if (self_)
      close_transfer(self_, token_);
  }

  void keep() { self_ = nullptr; }

private:
  self_ptr self_;
  uint64_t token_;
};

/// The transfer that the sender owns under this token.
template <class T>
T& find_transfer(self_ptr self, uint64_t token) {
  auto& all = self->state.transfers;
  auto it = all.find(token);
  if (it == all.end()
      || it->second.owner
           != caf::actor_cast<caf::actor_addr>(self->current_sender())
      || !std::holds_alternative<T>(it->second.what))
    throw storage_error(storage_errc::bad_token,
                        "no transfer " + std::to_string(token)
                          + " of this actor: it has ended; begin again");
  return std::get<T>(it->second.what);
}

uint64_t append(self_ptr self, const put_bytes& m) {
  auto& writer = find_transfer<blob_writer>(self, m.token);
  ending end{self, m.token};
  if (m.bytes.size() > max_transfer_bytes)
    throw storage_error(storage_errc::too_large,
                        "a message of " + std::to_string(m.bytes.size())
                          + " bytes: at most "
                          + std::to_string(max_transfer_bytes));
  writer.append(std::string_view(m.bytes));
  end.keep();
  return writer.bytes();
}

stored_entry finish(self_ptr self, const put_finish& m) {
  auto& st = self->state;
  auto& writer = find_transfer<blob_writer>(self, m.token);
  ending end{self, m.token};
  if (!m.name.empty())
    name_table::check(m.name);
  std::optional<std::string> expected;
  if (!m.sha256.empty())
    expected = m.sha256;
  auto blob = writer.finish(expected);
  if (m.name.empty())
    return {"", 0, blob.sha256, blob.bytes, 0};
  return entry_of(
    st.parts.names->put(m.name, blob.sha256, blob.bytes, st.parts.now_ms()));
}

get_opened open_download(self_ptr self, const get_open& m) {
  require_room(self);
  auto& parts = self->state.parts;
  stored_entry entry;
  entry.sha256 = m.sha256;
  if (!m.name.empty())
    entry = entry_of(parts.names->find(m.name));
  auto reader = parts.blobs->open_blob(entry.sha256);
  entry.bytes = reader.stat().bytes;
  return {open_transfer(self, std::move(reader)), std::move(entry)};
}

std::string next_bytes(self_ptr self, uint64_t token) {
  auto& reader = find_transfer<blob_reader>(self, token);
  ending end{self, token};
  auto bytes = reader.next();
  if (!bytes.empty())
    end.keep();
  return bytes;
}

uint64_t give_up(self_ptr self, uint64_t token) {
  auto& all = self->state.transfers;
  auto it = all.find(token);
  if (it == all.end()
      || it->second.owner
           != caf::actor_cast<caf::actor_addr>(self->current_sender()))
    return 0;
  close_transfer(self, token);
  return 1;
}

void owner_is_down(self_ptr self, const caf::actor_addr& owner) {
  auto& st = self->state;
  std::erase_if(st.transfers, [&](auto& t) { return t.second.owner == owner; });
  st.owners.erase(owner);
}

// -- names and blobs ----------------------------------------------------------

stored_entry find_blob(self_ptr self, const std::string& sha256) {
  auto& blobs = *self->state.parts.blobs;
  auto stat = blobs.has(sha256) ? blobs.stat(sha256) : std::nullopt;
  if (!stat)
    throw storage_error(storage_errc::not_found, "no blob '" + sha256 + "'");
  return {"", 0, sha256, stat->bytes, 0};
}

std::vector<stored_entry> list(self_ptr self, const std::string& prefix) {
  std::vector<stored_entry> out;
  for (auto& b : self->state.parts.names->list(prefix))
    out.push_back(entry_of(b));
  return out;
}

blobs_collected collect(self_ptr self) {
  auto& parts = self->state.parts;
  auto result = parts.blobs->remove_unreferenced([&parts] {
    auto live = parts.names->blobs();
    if (parts.references)
      live.merge(parts.references());
    return live;
  });
  return {result.blobs, result.chunks, result.damaged};
}

/// For the timer, whom nobody waits for: what goes wrong is reported.
void collect_quietly(self_ptr self) {
  auto& report = self->state.parts.report;
  std::string trouble;
  try {
    if (auto n = collect(self).damaged; n > 0)
      trouble = std::to_string(n) + " blob manifests are damaged";
  } catch (const std::runtime_error& e) {
    trouble = std::string("cannot remove unused blobs: ") + e.what();
  }
  if (report && !trouble.empty())
    report(trouble);
}

void collect_later(self_ptr self) {
  auto every = self->state.parts.collect_every;
  if (every.count() > 0)
    self->delayed_send(self, every, collect_tick::value);
}

} // namespace

caf::behavior storage_service(self_ptr self, storage_parts parts) {
  if (!parts.now_ms)
    parts.now_ms = system_ms;
  self->state.parts = std::move(parts);
  self->set_down_handler(
    [self](caf::down_msg& d) { owner_is_down(self, d.source); });
  // an error that arrives as mail is somebody else's
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  collect_later(self);
  return {
    [self](put_open) {
      return guarded([&] {
        require_room(self);
        return open_transfer(self, self->state.parts.blobs->begin_blob());
      });
    },
    [self](const put_bytes& m) {
      return guarded([&] { return append(self, m); });
    },
    [self](const put_finish& m) {
      return guarded([&] { return finish(self, m); });
    },
    [self](const get_open& m) {
      return guarded([&] { return open_download(self, m); });
    },
    [self](get_next m) {
      return guarded([&] { return next_bytes(self, m.token); });
    },
    [self](end_transfer m) { return give_up(self, m.token); },
    [self](const stat_name& m) {
      return guarded(
        [&] { return entry_of(self->state.parts.names->find(m.name)); });
    },
    [self](const stat_blob& m) {
      return guarded([&] { return find_blob(self, m.sha256); });
    },
    [self](const list_names& m) {
      return guarded([&] { return list(self, m.prefix); });
    },
    [self](const remove_name& m) {
      return guarded(
        [&] { return uint64_t{self->state.parts.names->remove(m.name)}; });
    },
    [self](collect_blobs) { return guarded([&] { return collect(self); }); },
    [self](collect_tick) {
      collect_later(self);
      collect_quietly(self);
    },
  };
}

} // namespace roles
