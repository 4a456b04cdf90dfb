#include <actors/observe/event_log.hpp>
#include <actors/process/process_host.hpp>
#include <actors/supervision/supervisor.hpp>
#include <actors/supervision/warnings.hpp>
#include <leptond/node/actor_config.hpp>
#include <leptond/node/api_child.hpp>
#include <leptond/node/run_node.hpp>
#include <leptond/node/tree.hpp>
#include <leptond/observe/log.hpp>
#include <leptond/system/data_dir.hpp>
#include <leptond/system/notify.hpp>
#include <roles/controller/sqlite_meta_store.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <iostream>

namespace leptond {

namespace {

int refuse(const failure& why) {
  for (const auto& line : why.lines)
    log::error("node", line);
  return why.status;
}

void announce(const node_config& config, const listen_address& api) {
  const auto line =
    "ready: node " + config.node.name + ", api http://" + to_string(api);
  std::cout << line << std::endl;
  notify_service_manager("READY=1\nSTATUS=" + line);
}

/// What happens in the tree goes to the log, and is counted.
void observe(actors::event_log& events, metrics& figures) {
  events.listen([&figures](const actors::event& x) {
    auto calm = x.kind == "child_started" || x.kind == "child_stopped";
    log::write(calm ? log::level::debug : log::level::warn, "supervision",
               actors::to_line(x));
    figures.count("lepton_supervision_events_total",
                  "What happened in the supervision tree", {{"kind", x.kind}});
  });
}

std::shared_ptr<node_parts> open_stores(const node_config& config) {
  auto parts = std::make_shared<node_parts>();
  const std::filesystem::path dir{config.node.data_dir};
  roles::sqlite_meta_options meta;
  meta.directory = dir / "meta";
  parts->meta = roles::open_sqlite_meta_store(std::move(meta));
  roles::chunk_store_options blobs;
  blobs.directory = dir / "store";
  blobs.chunk_bytes = static_cast<uint32_t>(config.storage.chunk_size);
  parts->store = roles::chunk_store::open(std::move(blobs));
  parts->names = std::make_shared<roles::name_table>(*parts->meta);
  parts->report = [](const std::string& text) { log::warn("storage", text); };
  return parts;
}

/// What `[supervision.PATH]` makes odd about the tree. The defaults are meant
/// as they are: a worker that fails again and again is tried for ever.
std::vector<std::string> odd_settings(const node_config& config,
                                      const actors::supervisor_spec& tree,
                                      const std::shared_ptr<node_parts>& parts,
                                      actors::child_spec api) {
  auto usual = config;
  usual.supervision.clear();
  auto& name = config.node.name;
  auto meant = actors::warnings(node_tree(usual, parts, std::move(api)), name);
  auto found = actors::warnings(tree, name);
  std::erase_if(found, [&](auto& x) {
    return std::find(meant.begin(), meant.end(), x) != meant.end();
  });
  return found;
}

/// A node that is up. Members are destroyed in reverse order: no handle
/// outlives the actor system, no process the host.
class node {
public:
  node(const node_config& config, std::shared_ptr<node_parts> parts)
    : config_{config}, parts_{std::move(parts)} {
    observe(events_, figures_);
  }

  /// Starts the tree. @returns where the API listens, or why it cannot.
  result<listen_address> start(stop_requests& stop);

  /// Stops the tree in reverse order.
  void stop();

  bool gave_up() const { return gave_up_; }

private:
  const node_config& config_;
  std::shared_ptr<node_parts> parts_;
  actors::event_log events_;
  metrics figures_;

  struct system_config : caf::actor_system_config {
    system_config() { configure_node(*this); }
  } system_config_;

  caf::actor_system system_{system_config_};
  actors::process_host processes_;
  std::shared_ptr<actors::dead_letter_box> dead_letters_ =
    std::make_shared<actors::dead_letter_box>();
  roles::handle_ptr root_ = std::make_shared<roles::handle_slot>();
  std::shared_ptr<api::context> context_;
  roles::handle_ptr feed_ = std::make_shared<roles::handle_slot>();
  std::atomic<bool> gave_up_{false};
  std::atomic<bool> stopping_{false};
};

result<listen_address> node::start(stop_requests& stop) {
  feed_->set(api::spawn_event_feed(system_, events_));
  auto& p = *parts_;
  auto ctx = std::make_shared<api::context>(
    api::context{config_, system_, events_, *dead_letters_, figures_, root_,
                 p.storage, p.state, p.intake, p.scheduler, p.router, p.serving,
                 p.evaluation, feed_, std::chrono::steady_clock::now()});
  context_ = ctx;
  auto status = std::make_shared<api_status>();
  auto runtime = std::make_shared<actors::supervision_runtime>();
  runtime->on_event = [this](actors::event x) { events_.add(std::move(x)); };
  runtime->on_output = [](const std::string& path, std::string_view line) {
    log::info(path, line);
  };
  runtime->processes = &processes_;
  runtime->dead_letters = dead_letters_;
  auto tree = node_tree(config_, parts_, api_child(ctx, status));
  for (auto& text : odd_settings(config_, tree, parts_, api_child(ctx, status)))
    log::warn("supervision", text);
  auto root = actors::spawn_supervisor(system_, config_.node.name,
                                       std::move(tree), runtime);
  std::lock_guard guard{status->mutex};
  if (!root)
    return status->problem
             ? *status->problem
             : failure{exit_gave_up, {actors::text_of(root.error())}};
  root_->set(*root);
  caf::actor_cast<caf::abstract_actor*>(*root)->attach_functor([this, &stop] {
    gave_up_ = !stopping_;
    stop.wake();
  });
  return *status->address;
}

void node::stop() {
  stopping_ = true;
  if (auto root = root_->get())
    actors::stop_supervisor(system_, root);
  caf::anon_send_exit(feed_->get(), caf::exit_reason::user_shutdown);
  if (context_)
    context_->visitors.end_all();
  root_->set(nullptr);
  feed_->set(nullptr);
  *parts_ = {};
}

int serve(const node_config& config,
          std::shared_ptr<node_parts> parts,
          stop_requests& stop) {
  node it{config, std::move(parts)};
  const auto api = it.start(stop);
  if (!api) {
    it.stop();
    return refuse(api.error());
  }
  announce(config, api.value());
  const auto signal = stop.wait();
  stop.enforce(config.node.shutdown_within, exit_gave_up);
  notify_service_manager("STOPPING=1");
  if (it.gave_up())
    log::error("node", "the root supervisor gave up: see the events above");
  else
    log::info("node", "stopping",
              {{"because", signal == 0 ? "told so" : ::strsignal(signal)}});
  it.stop();
  return it.gave_up() ? exit_gave_up : exit_asked;
}

} // namespace

int run_node(const loaded_config& loaded, stop_requests& stop) {
  const auto& config = loaded.config;
  log::open(config.log.format, log::level_from(config.log.level));
  for (const auto& notice : loaded.notices)
    log::warn("config", notice);
  const auto dir = open_data_dir(config.node.data_dir, config.node.name);
  if (!dir)
    return refuse(dir.error());
  std::shared_ptr<node_parts> parts;
  try {
    parts = open_stores(config);
  } catch (const std::exception& e) {
    return refuse({exit_no_place, {e.what()}});
  }
  const auto status = serve(config, std::move(parts), stop);
  log::info("node", "stopped");
  return status;
}

} // namespace leptond
