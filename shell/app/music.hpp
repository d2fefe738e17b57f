#pragma once
// MusicUnit: the house's questions to the library, its groups' slices and its scans, on the lanes
// they belong to. Thread: loop.

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/hub/house.hpp"
#include "shell/app/audio_stream.hpp"
#include "shell/app/measurer.hpp"
#include "shell/app/media_lane.hpp"
#include "shell/app/scanner.hpp"
#include "shell/app/stream_cache.hpp"
#include "shell/app/stream_render.hpp"
#include "shell/loop/lane.hpp"
#include "shell/loop/system_random.hpp"
#include "shell/media/media.hpp"
#include "shell/store/store.hpp"

namespace tutti::shell {

class MusicUnit {
 public:
  // The store must outlive it and stay where it is. Errors: of the store.
  static Result<std::unique_ptr<MusicUnit>> create(Loop& loop, Store& store,
                                                   const std::vector<std::string>& folders,
                                                   const std::string& cache_folder);
  // Takes the store's writers back; afterwards they are nobody's.
  ~MusicUnit();

  // What is stored of the groups, for House's configuration; before start().
  Result<std::vector<hub::StoredGroup>> groups();
  // Answers go to the house from here on. Scans every folder, and watches it.
  void start(hub::House& house);
  // The house's effects that are music. False: it is none.
  bool perform(hub::HouseEffect& effect);
  // The next block of a live body. `deliver` is called once, on the loop.
  void read_stream(const live::ReadBlock& block, std::function<void(Result<Bytes>)> deliver);
  void turn(Now now);
  ServerTime deadline() const;
  std::vector<const Lane*> lanes() const;

 private:
  struct Reader {
    StoreReader store;
    std::unique_ptr<Lane> lane;
  };
  // A group's stream of one epoch; its slices run one at a time.
  struct Stream {
    std::unique_ptr<StreamRender> render;  // null while its slice is out, and before the first
    play::ItemId last;                     // what it was told to play last
    bool over = false;                     // end it when its slice is back
  };
  struct Wanted {  // who waits for a scan's end
    JobToken token;
    std::vector<FolderId> folders;  // that are not done
    ServerTime since;
    library::ScanTotals sums;
  };

  // A listener over HTTP; `stream` is null while a block of it is being made.
  struct Listener {
    std::unique_ptr<AudioStream> stream;
    bool over = false;
  };
  static constexpr Duration kQuestionTime = seconds(20);

  MusicUnit(Loop& loop, Store& store, const std::string& cache_folder);
  Result<void> open(const std::vector<std::string>& folders);
  void finish(JobToken token, Result<hub::JobResult> result);
  void submit(Lane& lane, JobToken token, Duration limit,
              std::function<Result<hub::JobResult>()> work);
  void write(JobToken token, std::function<Result<hub::JobResult>()> work);
  Reader& reader();

  void perform_job(hub::JobRequest& request);
  void library(JobToken token, hub::LibraryJob job);
  void slice(play::SliceRequest request);
  void slice_back(const play::SliceRequest& request, MadeSlice made,
                  std::unique_ptr<StreamRender> render);
  void end_stream(GroupId group, Epoch epoch);
  void open_stream(JobToken token, const hub::OpenStreamJob& job);
  void open_transcoded(JobToken token, const hub::OpenStreamJob& job,
                       const std::shared_ptr<play::TrackFacts>& facts, const std::string& version);
  void make_file(const play::StreamWish& wish, const std::shared_ptr<play::TrackFacts>& facts,
                 const std::string& version);
  void close_stream(StreamId stream);
  void artwork(JobToken token, const hub::ArtworkJob& job);
  void make_image(JobToken token, FileTask task, library::ArtworkKey key, const std::string& name);
  void edit_tags(JobToken token, const hub::EditTagsJob& job);
  void scan(JobToken token, const api::StartScan& wish);
  void scan_finished(const library::ScanReport& report, std::int64_t tracks);
  void start_measuring();
  void tell_scans(Now now);
  api::ScanStatus scan_status() const;

  Loop& loop_;
  Store& store_;
  hub::House* house_ = nullptr;
  SystemRandom random_;        // of the loop
  SystemRandom house_random_;  // of the house's writer
  SystemRandom library_random_;
  std::vector<MusicFolder> folders_;
  std::vector<std::unique_ptr<Reader>> readers_;
  LibraryWriter writer_;
  std::unique_ptr<Lane> house_lane_;
  std::unique_ptr<Lane> library_lane_;
  std::unique_ptr<Lane> audio_lane_;
  std::unique_ptr<Lane> bulk_lane_;
  std::unique_ptr<Scanner> scanner_;
  std::unique_ptr<Measurer> measurer_;
  std::unordered_map<std::uint64_t, Stream> streams_;  // by group and epoch
  std::unordered_map<StreamId, Listener> listeners_;
  MediaLane media_lane_;
  StreamCache cache_;
  CacheFolder images_;
  std::vector<Wanted> wanted_;
  std::unordered_map<FolderId, library::ScanReport> reports_;  // the last of each
  std::int64_t tracks_ = 0;
  std::int64_t changes_ = 0;
  ServerTime tell_at_ = kNever;
};

}  // namespace tutti::shell
