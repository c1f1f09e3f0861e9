using Egress.Buffers;

namespace Egress.Tests.Buffers;

public sealed class HostMemoryTests : IDisposable
{
    private const string Unlimited = "9223372036854771712";
    private readonly string _root = Directory.CreateTempSubdirectory("egress-cgroup-").FullName;

    [Fact]
    public void Available_memory_of_the_machine_is_read()
    {
        var path = Write("meminfo", "MemTotal:       24611564 kB\nMemFree:         1000000 kB\nMemAvailable:   23456789 kB\nSwapTotal: 0 kB\n");

        Assert.Equal(23456789L * 1024, HostMemory.FromMemInfo(path));
    }

    [Fact]
    public void A_system_that_does_not_tell_has_no_number()
    {
        Assert.Null(HostMemory.FromMemInfo(Path.Combine(_root, "none")));
        Assert.Null(HostMemory.FromMemInfo(Write("meminfo", "MemTotal:       24611564 kB\n")));
        Assert.Null(ControlGroup.AvailableBytes(Path.Combine(_root, "none"), _root));
    }

    [Fact]
    public void This_machine_tells()
    {
        var available = HostMemory.AvailableBytes();

        Assert.NotNull(available);
        Assert.InRange(available.Value, 1 << 20, 1L << 50);
    }

    [Fact]
    public void The_limit_of_a_container_is_what_it_has_left()
    {
        Write("memory.max", "1000000\n");
        Write("memory.current", "400000\n");

        Assert.Equal(600000, Available("0::/\n"));
    }

    [Fact]
    public void The_cache_of_files_does_not_count_as_used()
    {
        Write("memory.max", "1000000\n");
        Write("memory.current", "990000\n");
        Write("memory.stat", "anon 90000\nfile 900000\ninactive_file 700000\nactive_file 100000\nslab_reclaimable 50000\nactive_anon 90000\n");

        Assert.Equal(860000, Available("0::/\n"));
    }

    [Fact]
    public void The_smallest_limit_from_the_own_group_to_the_root_counts()
    {
        WriteGroup("slurm", "500000", "100000");
        WriteGroup("slurm/job_7", "300000", "50000");
        WriteGroup("slurm/job_7/step_0", "max", "50000");

        Assert.Equal(250000, Available("0::/slurm/job_7/step_0\n"));
    }

    [Fact]
    public void A_group_over_its_limit_has_nothing_left()
    {
        WriteGroup("job", "1000", "5000");

        Assert.Equal(0, Available("0::/job\n"));
    }

    [Fact]
    public void No_limit_is_none()
    {
        WriteGroup("job", "max", "5000");

        Assert.Null(Available("0::/job\n"));
    }

    [Fact]
    public void A_path_of_the_host_that_the_container_does_not_see_leads_to_the_containers_own_group()
    {
        Write("memory.max", "800\n");
        Write("memory.current", "300\n");

        Assert.Equal(500, Available("0::/docker/0123abcd\n"));
    }

    [Fact]
    public void The_older_interface_is_read_as_well()
    {
        Directory.CreateDirectory(Path.Combine(_root, "memory", "slurm", "job"));
        Write("memory/memory.limit_in_bytes", Unlimited);
        Write("memory/memory.usage_in_bytes", "70000");
        Write("memory/slurm/job/memory.limit_in_bytes", "90000");
        Write("memory/slurm/job/memory.usage_in_bytes", "60000");
        Write("memory/slurm/job/memory.stat", "inactive_file 1\ntotal_inactive_file 20000\ntotal_active_file 5000\n");

        Assert.Equal(55000, Available("9:name=systemd:/\n4:cpu,memory:/slurm/job\n3:cpuset:/\n0::/\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n")]
    [InlineData("3:cpuset:/a\n1:name=memory:/\n")]
    public void A_file_without_a_memory_group_gives_no_limit(string membership) => Assert.Null(Available(membership));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private long? Available(string membership) => ControlGroup.AvailableBytes(Write("membership", membership), _root);

    private void WriteGroup(string group, string limit, string used)
    {
        Directory.CreateDirectory(Path.Combine(_root, group));
        Write($"{group}/memory.max", limit + "\n");
        Write($"{group}/memory.current", used + "\n");
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, content);
        return path;
    }
}
