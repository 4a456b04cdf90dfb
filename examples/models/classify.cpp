// A classifier from a CSV file, whose last column is the answer, with nothing
// but lepton::models: classify FILE. The page is docs/models.md.

#include <models/data/csv_reader.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/split.hpp>
#include <models/estimators/mlp_classifier.hpp>

#include <iostream>

namespace {

void classify(const char* path) {
  auto table = models::read_csv(models::file_source(path), {.path = path});
  auto split = models::split_rows(table.labels, 0.2, 0, /*seed*/ 7);
  auto scale =
    models::fit_pipeline(table, split.train, models::scaling::standard);
  auto train = scale.transform(table, split.train);
  auto test = scale.transform(table, split.test);

  models::mlp_classifier model{{.net = {.hidden = {32}}, .seed = 7}};
  model.fit(train);
  std::cout << "accuracy on " << test.rows << " rows: " << model.score(test)
            << '\n';
  auto first = model.predict(std::span(test.features).first(test.inputs));
  std::cout << "the first is " << model.classes()[first[0]] << '\n';
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: classify FILE\n";
    return 2;
  }
  try {
    classify(argv[1]);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
