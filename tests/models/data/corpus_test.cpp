#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <tests/fuzz/csv_target.hpp>
#include <tests/fuzz/idx_target.hpp>
#include <tests/fuzz/safetensors_target.hpp>

namespace {

/// Runs each file of a corpus through its target.
void run(const std::string& name, void (*target)(std::span<const uint8_t>)) {
  auto folder = std::string(LEPTON_SOURCE_DIR) + "/tests/fuzz/corpus/" + name;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
    BOOST_TEST_CONTEXT(entry.path().filename()) {
      BOOST_CHECK_NO_THROW(target(bytes));
    }
    ++count;
  }
  BOOST_TEST(count > 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(corpora)

BOOST_AUTO_TEST_CASE(csv_files_are_read_or_refused) {
  run("csv", fuzz::fuzz_csv);
}

BOOST_AUTO_TEST_CASE(idx_files_are_read_or_refused) {
  run("idx", fuzz::fuzz_idx);
}

BOOST_AUTO_TEST_CASE(model_files_are_read_or_refused) {
  run("safetensors", fuzz::fuzz_safetensors);
}

BOOST_AUTO_TEST_SUITE_END()
