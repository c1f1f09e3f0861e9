# A Slurm cluster of one node on this machine, for tests: sourced, it gives start_cluster and stop_cluster. It needs Debian's
# slurm-wlm and munge and to be root, and nothing that runs already: keys, sockets, ports and state are its own.

# Why no cluster can be started here; nothing where one can.
cluster_missing() {
    local program
    [ "$(id -u)" -eq 0 ] || { echo 'it needs to be root'; return; }
    for program in slurmctld slurmd sbatch munged; do
        command -v "$program" >/dev/null || { echo "$program is not installed (Debian: apt-get install slurm-wlm munge)"; return; }
    done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_cluster FOLDER CPUS: CPUS as the scheduler sees them, however many there are.
start_cluster() {
    cluster=$1
    local host
    host=$(hostname -s)
    mkdir -p "$cluster"/{state,spool}
    chmod 0755 "$cluster"
    export SLURM_CONF=$cluster/slurm.conf

    (umask 077 && dd if=/dev/urandom of="$cluster/munge.key" bs=1024 count=1 status=none)
    munged --force --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" --pid-file="$cluster/munge.pid" \
        --log-file="$cluster/munge.log" --seed-file="$cluster/munge.seed"

    cat >"$SLURM_CONF" <<CONF
ClusterName=egress
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits until credentials of its first run have expired: two minutes by default.
AuthInfo=socket=$cluster/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
JobRequeue=1
ReturnToService=2
MinJobAge=600
KillWait=5
InactiveLimit=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

    slurmctld
    slurmd
    local try
    for try in $(seq 100); do
        [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && return
        sleep 0.2
    done
    echo 'The node does not come up:' >&2
    tail -n 20 "$cluster"/slurm*.log >&2
    return 1
}

stop_cluster() {
    local daemon
    for daemon in slurmd slurmctld munge; do
        [ -s "$cluster/$daemon.pid" ] && kill "$(cat "$cluster/$daemon.pid")" 2>/dev/null
    done
    sleep 1
}
