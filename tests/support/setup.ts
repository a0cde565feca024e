import fc from 'fast-check';

/** Property tests repeat by default; FC_SEED=$RANDOM npm run unit looks elsewhere. */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20261122) });
