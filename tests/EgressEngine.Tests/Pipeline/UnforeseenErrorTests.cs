using System.IO.Compression;
using Egress.Files;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

public sealed class UnforeseenErrorTests
{
    private const int OpenFilesOfMachine = 23;
    private const int OpenFilesOfProcess = 24;

    [Fact]
    public void A_lack_of_memory_or_of_open_files_is_something_to_try_again()
    {
        var compression = typeof(ZLibStream).Assembly.GetType("System.IO.Compression.ZLibException", throwOnError: true)!;
        foreach (var lack in new[] { new InsufficientMemoryException(), (Exception)Activator.CreateInstance(compression, nonPublic: true)! })
        {
            var memory = UnforeseenError.Of("the worker stage", lack);
            Assert.Equal((EgressErrorId.HostMemoryExhausted, EgressErrorCategory.ResourceUnavailable), (memory.ErrorId, memory.Category));
            Assert.Contains("for the worker stage", memory.Message, StringComparison.Ordinal);
        }

        foreach (var (number, who) in new[] { (OpenFilesOfMachine, "this machine"), (OpenFilesOfProcess, "this process") })
        {
            var files = UnforeseenError.Of("the worker stage", new IOException("Too many.", number));
            Assert.Equal((EgressErrorId.OpenFilesExhausted, EgressErrorCategory.ResourceUnavailable), (files.ErrorId, files.Category));
            Assert.Contains(who, files.Message, StringComparison.Ordinal);
            Assert.Contains("ulimit -n", files.Advice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_failure_that_was_foreseen_stays_what_it_is()
    {
        var failure = new ItemException(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData, "damaged", "leave it out");
        Assert.Same(failure, UnforeseenError.Of("the worker stage", failure));
    }

    [Fact]
    public void Anything_else_is_the_engines_own_error()
    {
        var cause = new InvalidOperationException("wrong");
        var error = UnforeseenError.Of("the worker stage", cause);
        Assert.Equal((EgressErrorId.PipelineFault, "The worker stage failed: wrong", cause), (error.ErrorId, error.Message, error.InnerException));
        Assert.Equal("do this", UnforeseenError.Of("the worker stage", cause, "do this").Advice);
    }

    [Fact]
    public void An_input_that_the_process_may_not_open_is_no_fault_of_the_input()
    {
        var shortage = FileProblem.Unreadable("/a.png", new IOException("Too many.", OpenFilesOfProcess)).ToInputException("/a.png");
        Assert.Equal((EgressErrorId.OpenFilesExhausted, (object)"/a.png"), (shortage.ErrorId, shortage.Target));
        Assert.IsNotType<ItemException>(shortage);
        Assert.IsType<ItemException>(FileProblem.Unreadable("/a.png", new IOException("Bad.", 5)).ToInputException("/a.png"));
    }
}
