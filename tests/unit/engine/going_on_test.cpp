#include <algorithm>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/config/compose.h>

#include "core/engine/data_record.h"
#include "core/engine/device.h"
#include "core/engine/experiment_config.h"
#include "core/engine/model_selection.h"
#include "core/engine/origin.h"
#include "core/engine/run_folder.h"
#include "core/engine/tensorboard.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DataFile file(const std::string& path, std::int64_t bytes, std::int64_t modified, const std::string& hash = "") {
  return {path, bytes, modified, hash};
}

TEST(DataRecord, TellsWhichFileIsAnother) {
  const DataRecord before = {file("a", 1, 1, "x"), file("b", 2, 1), file("c", 3, 1), file("d", 4, 1), file("e", 5, 1)};
  const DataRecord now = {file("a", 1, 2, "y"), file("b", 9, 1), file("c", 3, 2), file("d", -1, 0), file("f", 6, 1)};
  const DataChanges changes = compare_data(before, now);
  EXPECT_THAT(changes.certain, ElementsAre("a: its content is another", "b: 9 bytes in place of 2", "d: it is gone",
                                           "f: it is new", "e: it is not in the lists any more"));
  EXPECT_THAT(changes.touched, ElementsAre("c"));
}

TEST(DataRecord, AnotherTimeIsNoOtherContentWhereThatIsKnown) {
  const DataChanges changes = compare_data({file("a", 1, 1, "x")}, {file("a", 1, 2, "x")});
  EXPECT_THAT(changes.certain, IsEmpty());
  EXPECT_THAT(changes.touched, IsEmpty());
}

TEST(DataRecord, IsReadAsItWasWritten) {
  const test::TemporaryFolder folder;
  DataRecord record = {file("a\tb c.jpg", 7, -3), file("a\nb\\n.jpg", 7, -3), file("list.txt", 12, 99, "0123")};
  record.push_back({"r50.pth", 5, 1, "45", /*weights=*/true});
  write_data_record(folder.path() / "data_files.tsv", record);
  const DataRecord read = read_data_record(folder.path() / "data_files.tsv");
  ASSERT_EQ(read.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read[i].weights, record[i].weights);
    EXPECT_EQ(read[i].path, record[i].path);
    EXPECT_EQ(read[i].bytes, record[i].bytes);
    EXPECT_EQ(read[i].modified, record[i].modified);
    EXPECT_EQ(read[i].hash, record[i].hash);
  }
  EXPECT_THAT(read_data_record(folder.path() / "nowhere"), IsEmpty());
}

TEST(DataRecord, InitialWeightsStayAsTheRunBeganWithThem) {
  const DataFile list = file("list.txt", 1, 1, "x");
  const DataFile began{"run/epoch_0004.safetensors", 8, 1, "y", /*weights=*/true};
  DataRecord now = {list, {"run/epoch_0006.safetensors", 8, 2, "z", /*weights=*/true}};
  DataRecord before = {list, began};
  keep_initial_weights(before, now);
  EXPECT_THAT(compare_data(before, now).certain, IsEmpty());
  ASSERT_EQ(now.size(), 2u);
  EXPECT_EQ(now[1].path, began.path);
}

TEST(DataRecord, ThatOfAnEarlierVersionIsRead) {
  const test::TemporaryFolder folder;
  folder.write("data_files.tsv", "bytes\tmodified\thash\tpath\n8\t1\ty\tr50.pth\n1\t1\tx\ta\\new list.txt\n");
  DataRecord before = read_data_record(folder.path() / "data_files.tsv");
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[1].path, "a\\new list.txt");
  DataRecord now = {file("a\\new list.txt", 1, 1, "z"), {"r50.pth", 9, 2, "other", /*weights=*/true}};
  keep_initial_weights(before, now);
  EXPECT_THAT(compare_data(before, now).certain, ElementsAre("a\\new list.txt: its content is another"));
  folder.write("data_files.tsv", "bytes\n8\n");
  EXPECT_THROW(read_data_record(folder.path() / "data_files.tsv"), DataError);
}

TEST(Origin, OnlyWhatHasChangedIsBlamed) {
  const Origin before{"p", "l", "cpu", 2, 0};
  EXPECT_THAT(changes_of(before, before), IsEmpty());
  EXPECT_THAT(changes_of(before, {"p", "l", "cpu", 1, 0}), ElementsAre("threads: 2 -> 1"));
  EXPECT_THAT(changes_of(before, {"p", "l", "cuda:0", 2, 0}), ElementsAre("device: cpu -> cuda:0"));
  EXPECT_THAT(changes_of(before, {"q", "l", "cpu", 2, 0}), ElementsAre("build: another longtail or another plugin"));
  EXPECT_EQ(changes_of(Origin{}, before).size(), 1u);
}

TEST(Device, AutoIsTheProcessorWhereThereIsNoGpu) {
  if (parse_device("auto").is_cuda()) GTEST_SKIP() << "there is a GPU";
  EXPECT_TRUE(parse_device("auto").is_cpu());
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_ANY_THROW(parse_device("cuda"));
  EXPECT_ANY_THROW(parse_device("automatic"));
}

TEST(Device, AGpuIsSeenByItsFiles) {
  const test::TemporaryFolder folder;
  folder.write("nvidiactl", "");
  folder.write("nvidia-uvm", "");
  folder.write("null", "");
  EXPECT_FALSE(has_nvidia_files(folder.path()));
  folder.write("nvidia0", "");
  EXPECT_TRUE(has_nvidia_files(folder.path()));
  EXPECT_FALSE(has_nvidia_files(folder.path() / "nowhere"));
}

MetricsLog::Evaluation evaluation(std::int64_t epoch, double value) {
  return {epoch, 10 * epoch, {{"segm", {{"AP", value}}}}};
}

TEST(EarlyStop, CountsEvaluationsWithoutABetterOne) {
  const EarlyStopConfig config{"segm/AP", 2};
  EXPECT_FALSE(is_time_to_stop(config, {}, 0));
  EXPECT_FALSE(is_time_to_stop(config, {evaluation(1, 0.3), evaluation(2, 0.2), evaluation(3, 0.4)}, 0));
  EXPECT_FALSE(is_time_to_stop(config, {evaluation(1, 0.3), evaluation(2, 0.2)}, 0));
  EXPECT_TRUE(is_time_to_stop(config, {evaluation(1, 0.3), evaluation(2, 0.2), evaluation(3, 0.3)}, 0));
  // Those of earlier phases and undefined ones do not count.
  EXPECT_FALSE(is_time_to_stop(config, {evaluation(1, 0.3), evaluation(2, 0.2), evaluation(3, 0.3)}, 1));
  EXPECT_FALSE(is_time_to_stop(config, {evaluation(1, 0.3), evaluation(2, -1), evaluation(3, -1)}, 0));
  EXPECT_FALSE(is_time_to_stop({"", 1}, {evaluation(1, 0.3), evaluation(2, 0.2)}, 0));
}

/// Tag -> steps, of all event files in the folder.
std::map<std::string, std::vector<std::int64_t>> events_in(const std::filesystem::path& folder) {
  std::map<std::string, std::vector<std::int64_t>> steps;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    for (const EventRecord& event : read_events(entry.path())) {
      if (!event.tag.empty()) steps[event.tag].push_back(event.step);
    }
  }
  return steps;
}

TEST(TensorBoard, WhatIsTrainedAgainIsThereOnce) {
  const test::TemporaryFolder folder;
  {
    TensorBoard board(folder.path());
    for (const std::int64_t step : {10, 20, 30}) board.scalar("train/loss", 1, step);
    board.metrics({{"segm", {{"AP", 0.5}, {"APr", -1}}}}, 10);
    board.metrics({{"segm", {{"AP", 0.6}}}}, 20);
    board.picture("train/pictures", "png", 2, 3, 10);
  }
  // A file that a kill has cut in the middle of a record.
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  {
    TensorBoard board(folder.path(), 20);
    board.scalar("train/loss", 1, 30);
  }
  const auto events = events_in(folder.path());
  EXPECT_THAT(events.at("train/loss"), ElementsAre(10, 20, 30));
  EXPECT_THAT(events.at("segm/AP"), ElementsAre(10)) << "that of the checkpoint is written by who knows it";
  EXPECT_EQ(events.count("segm/APr"), 0u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(TensorBoard, PicturesAndScalarsAreReadBack) {
  const test::TemporaryFolder folder;
  {
    TensorBoard board(folder.path());
    board.picture("train/pictures", std::string(300, 'x'), 20, 30, 1234567);
    board.scalar("train/loss", 1, 0);
  }
  const auto events = events_in(folder.path());
  EXPECT_THAT(events.at("train/pictures"), ElementsAre(1234567));
  EXPECT_THAT(events.at("train/loss"), ElementsAre(0));
}

TEST(DefaultName, NoTwoShippedConfigurationsShareAWorkFolder) {
  const std::filesystem::path root = LONGTAIL_CONFIGS;
  std::map<std::string, std::filesystem::path> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    Diagnostics diagnostics;
    const Node config = parse_yaml_file(entry.path(), diagnostics);
    const Node* written = config.find("name");
    const bool matrix = config.find("axes") != nullptr || config.find("include") != nullptr;
    const std::string own = matrix ? entry.path().stem().string() : default_name(entry.path(), {root});
    const std::string name = written != nullptr ? written->text() : own;
    const auto [known, is_new] = names.emplace(name, entry.path());
    EXPECT_TRUE(is_new) << entry.path() << " and " << known->second << " are both " << name;
  }
  EXPECT_GT(names.size(), 50u);
}

TEST(DefaultName, IsTheFilesOwnOutsideOfTheRoots) {
  EXPECT_EQ(default_name("/somewhere/mine.yaml", {"/else/configs"}), "mine");
  EXPECT_EQ(default_name("/else/configs/lvis/v0.5_r50.yaml", {"/else/configs"}), "lvis_v0.5_r50");
}

TEST(RunFolder, RemovesPartialOutputsToo) {
  const test::TemporaryFolder folder;
  const RunFolder run = RunFolder::open(folder.path() / "run", {}, RunFolder::Purpose::begin);
  const std::vector<std::string> ours = {"per_class.csv",
                                         "per_class.partial.csv",
                                         "confusion.partial.csv",
                                         "detections.partial.json",
                                         "learned_confusion.partial.csv",
                                         "learned_confusion.partial.png",
                                         "confused_pairs.partial.csv"};
  const std::vector<std::string> of_others = {"config.partial.yaml", "mine.partial.csv"};
  for (const std::string& name : ours) std::ofstream(run.path() / name) << "x";
  for (const std::string& name : of_others) std::ofstream(run.path() / name) << "x";
  run.remove_run();
  for (const std::string& name : ours) EXPECT_FALSE(std::filesystem::exists(run.path() / name)) << name;
  for (const std::string& name : of_others) EXPECT_TRUE(std::filesystem::exists(run.path() / name)) << name;
}

}  // namespace
}  // namespace longtail
