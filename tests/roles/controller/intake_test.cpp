#include <roles/controller/intake.hpp>
#include <roles/controller/sqlite_meta_store.hpp>
#include <roles/core/error.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include "tests/roles/temp_dir.hpp"

using namespace roles;
using nlohmann::json;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{2});
    add_role_errors(*this);
  }
};

/// The intake over real stores; there is no scheduler behind it.
struct fixture {
  roles_test::temp_dir dir;
  std::unique_ptr<meta_store> meta = open_meta();
  intake_links links = make_links();
  config cfg;
  caf::actor_system system{cfg};
  caf::actor intake = system.spawn<caf::detached>(intake_actor, links);
  caf::scoped_actor self{system};

  ~fixture() { caf::anon_send_exit(intake, caf::exit_reason::user_shutdown); }

  std::unique_ptr<meta_store> open_meta() {
    sqlite_meta_options options;
    options.directory = dir.path() / "meta";
    return open_sqlite_meta_store(options);
  }

  intake_links make_links() {
    chunk_store_options options;
    options.directory = dir.path() / "store";
    return {std::make_shared<handle_slot>(), std::make_shared<handle_slot>(),
            chunk_store::open(options), std::make_shared<name_table>(*meta)};
  }

  /// What the intake says to a job.
  caf::error submit(json body) {
    caf::error why;
    self
      ->request(intake, std::chrono::seconds{60},
                submit_request{std::move(body)})
      .receive([](const job_record&) {}, [&](caf::error& e) { why = e; });
    return why;
  }

  /// Stores `text` under `name`.
  void put(const std::string& name, const std::string& text) {
    auto writer = links.store->begin_blob();
    writer.append(text);
    auto blob = writer.finish();
    links.names->put(name, blob.sha256, blob.bytes, 0);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(intake, fixture)

BOOST_AUTO_TEST_CASE(a_job_of_an_unknown_kind_is_answered_as_a_bad_request) {
  auto why = submit({{"kind", "nix"}});
  BOOST_TEST((why == role_errc::bad_request), system.render(why));
}

BOOST_AUTO_TEST_CASE(a_parameter_out_of_range_is_answered_as_a_bad_request) {
  put("data", "a,label\n1,x\n2,y\n");
  auto why = submit({{"kind", "mlp"},
                     {"data", {{"name", "data"}}},
                     {"params", {{"batch", 0}}}});
  BOOST_TEST((why == role_errc::bad_request), system.render(why));
}

BOOST_AUTO_TEST_CASE(a_wrong_file_is_answered_as_bad_content) {
  put("data", "a,label\n1,x\n2,y\nzz,y\n");
  auto why = submit({{"kind", "mlp"}, {"data", {{"name", "data"}}}});
  BOOST_TEST((why == role_errc::bad_content), system.render(why));
}

BOOST_AUTO_TEST_CASE(without_a_scheduler_a_right_job_is_answered_unavailable) {
  put("data", "a,label\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n");
  auto why = submit({{"kind", "mlp"}, {"data", {{"name", "data"}}}});
  BOOST_TEST((why == role_errc::unavailable), system.render(why));
}

BOOST_AUTO_TEST_SUITE_END()
