#include <vector>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

class ShippedConfigs : public CliTest {
 protected:
  Outcome quick(const std::string& arguments) {
    setenv("LONGTAIL_QUICK", data().c_str(), 1);
    return run(arguments);
  }
};

TEST_F(ShippedConfigs, EveryQuickExperimentTrains) {
  for (const char* config : {"quick/classification", "quick/pcb"}) {
    const Outcome outcome =
        quick(std::string("train ") + config + " --work-dir run_" + fs::path(config).filename().string());
    EXPECT_EQ(outcome.code, 0) << config << "\n" << outcome.err;
  }
}

TEST_F(ShippedConfigs, TheQuickMatrixTrainsPrintsItsTableAndSkipsWhatIsFinished) {
  const Outcome outcome = quick("matrix quick/matrix --work-dir work");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"overall", "0.2", "0.8"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
  for (const char* file : {"table.md", "table.csv", "table.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / "work/quick" / file)) << file;
  }
  std::string logs;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "work/quick")) {
    if (entry.path().filename() == "log.txt") logs += read_file(entry.path());
  }
  EXPECT_NE(logs.find("was trained before by the same settings"), std::string::npos) << logs;
  const Outcome again = quick("matrix quick/matrix --work-dir work");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, outcome.out);
}

TEST_F(ShippedConfigs, AReportIsOnePage) {
  ASSERT_EQ(quick("train quick/classification --work-dir run").code, 0);
  const Outcome outcome = run("report run --out page.html");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = read_file(folder_ / "page.html");
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_EQ(page.find("http://"), page.find("http://www.w3.org"));  // nothing is fetched
}

TEST_F(ShippedConfigs, TableFiveListsFourResolvedRowsWithThePapersNumbers) {
  const Outcome outcome = run("matrix tables/table5 --dry-run --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto rows = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 4u);
  const std::vector<double> overall{45.73, 50.26, 50.94, 52.29};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["config"]["model"]["backbone"]["type"], "resnext");
    EXPECT_EQ(rows[i]["config"]["loader"]["batch_size"], 512);
    EXPECT_EQ(rows[i]["config"]["loss"]["gamma"], 0.9999);
    EXPECT_DOUBLE_EQ(rows[i]["paper"]["overall"].get<double>(), overall[i]);
  }
}

}  // namespace
}  // namespace longtail::testing
