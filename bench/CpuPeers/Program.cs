using System.Diagnostics;
using System.Globalization;
using Egress.Backend;
using Egress.Devices;
using Egress.Models;
using Egress.Runtime;
using Egress.Segmentation;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;

// bench/cpu.sh exports the network and calls this: CpuPeers FOLDER NETWORK SIZE BATCH ROUNDS THREADS.
// Every round computes one batch with each, one after the other, so that whatever else the machine does meets all of them. The
// processor time of the round that took least tells the work itself: it does not count waiting for other programs.
var (folder, network) = (args[0], args[1]);
var (size, batch, rounds) = (int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));
var threads = int.Parse(args[5], CultureInfo.InvariantCulture);
_ = NativeRuntime.EnsureLoaded();
torch.set_num_threads(threads);
using var inference = torch.inference_mode();

var works = new List<(string Name, Action Run)>();
using var pictures = torch.rand([batch, 3, size, size]);
using var plain = torch.jit.load(Path.Combine(folder, "network.pt"), DeviceType.CPU);
works.Add(("libtorch, float32, as torchvision has it", () =>
{
    using var scope = torch.NewDisposeScope();
    _ = plain.forward(pictures);
}
));

var values = new DenseTensor<float>(pictures.data<float>().ToArray(), [batch, 3, size, size]);
using var options = new SessionOptions { IntraOpNumThreads = threads, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
using var onnx = new InferenceSession(Path.Combine(folder, "network.onnx"), options);
var input = new[] { NamedOnnxValue.CreateFromTensor(onnx.InputNames[0], values) };
works.Add(("ONNX Runtime, float32", () => onnx.Run(input).Dispose()));

var backend = new TorchBackend();
var lanes = new List<SegmentationLanes>();
foreach (var precision in new[] { ModelPrecision.Float32, ModelPrecision.BFloat16 })
{
    var model = new SegmentationModelOptions
    {
        Model = network,
        WeightsPath = Path.Combine(folder, "network.safetensors"),
        ImageSize = size,
        Precision = precision,
        OutputKind = OutputKind.Logits,
    };
    var lane = SegmentationLanes.Open(model, [new DeviceSpec(DeviceKind.Cpu)], () => backend);
    lanes.Add(lane);
    var session = lane.Lanes[0].Session;
    var memory = session.CreateInput(batch);
    works.Add(($"Egress, {precision.ToString().ToLowerInvariant()}", () => session.Run(memory, batch).Dispose()));
}

var times = works.ToDictionary(work => work.Name, _ => new List<double>());
var processor = works.ToDictionary(work => work.Name, _ => double.MaxValue);
for (var round = -2; round < rounds; round++)
{
    foreach (var (name, run) in works)
    {
        var before = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        run();
        if (round >= 0)
        {
            times[name].Add(clock.Elapsed.TotalMilliseconds);
            processor[name] = Math.Min(processor[name], (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
    }
}

lanes.ForEach(lane => lane.Dispose());
var first = Median(times[works[0].Name]);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{network}, {batch} × 3 × {size} × {size}, {threads} threads, medians of {rounds} rounds, and the least processor time"));
foreach (var (name, of) in times)
{
    var least = processor[name];
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-42} {Median(of),9:F1} ms  {first / Median(of),5:F2} times   {least,9:F1} ms  {processor[works[0].Name] / least,5:F2} times"));
}

return 0;

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
